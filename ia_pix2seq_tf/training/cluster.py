"""The workers of a training, as the environment names them; without TensorFlow."""

import json
import os

NONE, MIRRORED, MULTIWORKER = STRATEGIES = ("none", "mirrored", "multiworker")
TF_CONFIG = "TF_CONFIG"
EXAMPLE = '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'
TASKS = ("chief", "worker")


def read_cluster() -> list[str]:
    """The addresses of all workers in the environment variable TF_CONFIG.

    Raises:
        ValueError: if it is missing or is not of the form that TensorFlow expects, with an example.
    """
    text = os.environ.get(TF_CONFIG)
    try:
        if not text:
            raise ValueError("it is not set")
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        addresses = [address for kind in TASKS for address in cluster.get(kind, [])]
        if task["type"] not in TASKS:
            raise ValueError(f"its task's type is {task['type']!r}, expected one of {', '.join(TASKS)}")
        _ = cluster[task["type"]][int(task["index"])]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        found = f"no {error}" if isinstance(error, KeyError) else error
        raise ValueError(
            f"--strategy={MULTIWORKER} needs the environment variable {TF_CONFIG}, on each worker with its own index, "
            f"such as {EXAMPLE}: {found}"
        ) from error
    return addresses
