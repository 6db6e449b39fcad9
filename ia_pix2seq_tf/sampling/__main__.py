r"""Draws sketches with a trained model: of train.py, or of a released directory of the original program.

Every mode writes sketches (.svg, .png), their codes, a contact sheet (sheet.png), samples.npz and samples.json.

  Draw test sketches again, or drawings of your own:
    python sample.py --model_dir=runs/demo --data_dir=demo --output_dir=out
    python sample.py --model_dir=runs/demo --input=cat.png,pig.svg --output_dir=out
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

from absl import flags

from ia_pix2seq_tf import console
from ia_pix2seq_tf.sampling.options import FLAG_NAMES, INTERPOLATIONS, MODES, Z_SOURCES, Options

FLAGS = flags.FLAGS
flags.DEFINE_string("model_dir", None, "Directory of the trained model.", required=True)
flags.DEFINE_string("output_dir", "samples", "Where to write.")
flags.DEFINE_string("data_dir", None, "Directory of <category>.npz files, or 'demo': for test sketches and scale.")
flags.DEFINE_enum("mode", None, MODES, "What to draw; conditional by default.")
flags.DEFINE_boolean("conditional", True, "False for --mode=unconditional.")
flags.DEFINE_integer(
    "num_per_category",
    None,
    "Most test sketches of each category, or sketches of each .npz of --input: by default 2500 (conditional), 10 "
    "(complete), 2 (continue), all (components, --input). In unconditional mode, draw this times the categories.",
)
flags.DEFINE_integer("num_samples", None, "Sketches to draw (unconditional, 100), or from each component (8).")
flags.DEFINE_multi_string(
    "input", None, "Drawings to draw from, instead of test sketches: a.png,b.jpg,c.svg,d.npz; may be repeated."
)
flags.DEFINE_float("temperature", 0.24, "Above 0; lower is tidier, higher is wilder.")
flags.DEFINE_boolean("greedy", False, "The likeliest stroke each time, without chance.")
flags.DEFINE_integer("max_len", None, "Most points of a sketch; by default the longest of the training.")
flags.DEFINE_integer("seed", 0, "Of all chance; a sketch depends on it and on its own number.")
flags.DEFINE_integer("sheet_sketches", 60, "Most sketches on the contact sheet; 0 for no sheet.")
flags.DEFINE_integer("component", None, "Draw from this latent component (unconditional, components, continue).")
flags.DEFINE_enum("z_source", None, Z_SOURCES, "Unconditional codes: of the latent components, N(0, 1) or --z_file.")
flags.DEFINE_string("z_file", None, "File of codes [n, z_size], .npy or .npz, for --z_source=file.")
_NAMES = "test:CATEGORY:NUMBER, component:NUMBER or input:NUMBER"
flags.DEFINE_list("from", None, f"Where to interpolate from: {_NAMES}; two for a grid. By default, components.")
flags.DEFINE_list("to", None, "Where to interpolate to, as --from.")
flags.DEFINE_integer("steps", None, "Sketches of an interpolation, or along each side of a grid: 8.")
flags.DEFINE_enum("interpolation", None, INTERPOLATIONS, "The way between codes; linear by default.")
flags.DEFINE_list("terms", None, f"a,b,c of the analogy a - b + c, each {_NAMES}.")
flags.DEFINE_float("mask_share", None, "Share of the pixels that random masks erase: 0.3; 0 to erase nothing.")
flags.DEFINE_string("mask", None, "Image whose light parts are erased, instead of random masks.")
flags.DEFINE_float("given_share", None, "Share of its points that a continuation is given: 0.4, of --input all.")
flags.DEFINE_integer("endings", None, "Continuations of each sketch: 5.")


def options() -> Options:
    """The flags as one object."""
    values = {name: FLAGS[FLAG_NAMES.get(name, name)].value for name in Options.__dataclass_fields__}
    if values["input"]:
        values["input"] = [path for paths in values["input"] for path in paths.split(",")]
    return Options(**values)


@console.Program(
    "sample.py",
    __doc__,
    tensorflow=True,
    stopped="stopped; the sketches written so far are whole, but samples.json is missing",
)
def main(_: list[str]) -> None:
    from ia_pix2seq_tf.sampling.run import sample  # here, so that --help answers at once

    sample(options())


if __name__ == "__main__":
    main()
