r"""Draws sketches with a trained model: of train.py, or of a released directory of the original program.

Every mode writes sketches (.svg, .png), their codes, a contact sheet (sheet.png), samples.npz and samples.json.

  Draw test sketches again, or drawings of your own:
    python sample.py --model_dir=runs/demo --data_dir=demo --output_dir=out
    python sample.py --model_dir=runs/demo --input=cat.png,pig.svg --output_dir=out
  Draw what is on a sheet of paper again; input_0.png is what the model sees of the photograph:
    python sample.py --model_dir=runs/demo --input=photo.jpg --output_dir=out
  Draw from nothing; only what component 3 stands for:
    python sample.py --model_dir=runs/demo --mode=unconditional --num_samples=50
    python sample.py --model_dir=runs/demo --mode=unconditional --component=3
  See what each latent component has learned:
    python sample.py --model_dir=runs/demo --mode=components --data_dir=demo
  Go from one sketch to another; fill a grid between four (left ends in --from, right ends in --to):
    python sample.py --model_dir=runs/demo --mode=interpolate --data_dir=demo --from=test:cat:0 --to=component:2
    python sample.py --model_dir=runs/demo --mode=interpolate --from=input:0,input:1 --to=component:2,component:3 \
        --input=cat.png,pig.svg
  Whole pig - pig's head + cat's head:
    python sample.py --model_dir=runs/demo --mode=analogy --data_dir=demo --terms=test:pig:1,test:pig:0,test:cat:0
  Restore what a mask has erased; images that lack something already:
    python sample.py --model_dir=runs/demo --mode=complete --data_dir=demo --mask_share=0.3
    python sample.py --model_dir=runs/demo --mode=complete --input=torn.png --mask_share=0
  Finish what was begun, in five ways:
    python sample.py --model_dir=runs/demo --mode=continue --data_dir=demo --given_share=0.4
    python sample.py --model_dir=runs/demo --mode=continue --input=begun.svg --endings=5
"""

from ia_pix2seq_tf import console
from ia_pix2seq_tf.sampling.options import define_flags, from_flags

define_flags()


@console.Program(
    "sample.py",
    __doc__,
    tensorflow=True,
    stopped="stopped; the sketches written so far are whole, but samples.json is missing",
)
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.sampling.run import sample  # here, so that --help answers at once

    sample(from_flags())


if __name__ == "__main__":
    main()
