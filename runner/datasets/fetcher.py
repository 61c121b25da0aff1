"""Fetch files in a process of its own, so that a download that hangs can be ended.

A script: ``python -P fetcher.py JOB FOLDER``. JOB is JSON, ``{"kind": "mirror",
"url", "files": {name: SHA-256}, "timeout"}`` or ``{"kind": "openml", "name",
"version", "timeout"}`` or ``{"kind": "openml-table", "id", "timeout"}``; the
files land in FOLDER. On failure the last line of its output is the reason. It
imports nothing of Tunecard, so it starts in any folder.
"""

import http.client
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

_CHUNK = 8192  # small, so that whoever watches the folder sees it grow


def from_mirror(folder: Path, job: Mapping[str, Any]) -> None:
    """Fetch the files below one URL; those already there and right are kept."""
    import pooch  # only this kind of job needs it

    pooch.get_logger().setLevel("ERROR")
    downloader = pooch.HTTPDownloader(timeout=job["timeout"], chunk_size=_CHUNK)
    for name, sha256 in job["files"].items():
        pooch.retrieve(
            job["url"] + name,
            known_hash=f"sha256:{sha256}",
            fname=name,
            path=folder,
            downloader=downloader,
        )


def from_openml(folder: Path, job: Mapping[str, Any]) -> None:
    """Fetch a dataset of OpenML as ``X.npy`` and ``y.npy``, both unsigned bytes."""
    import numpy as np  # only this kind of job needs them
    from sklearn.datasets import fetch_openml

    socket.setdefaulttimeout(job["timeout"])  # scikit-learn sets none
    bunch = fetch_openml(
        job["name"],
        version=job["version"],
        data_home=str(folder),
        as_frame=False,
        n_retries=1,  # the fewest it takes
        delay=0.1,
    )
    np.save(folder / "X.npy", bunch.data.astype(np.uint8))
    np.save(folder / "y.npy", bunch.target.astype(np.uint8))


def table_from_openml(folder: Path, job: Mapping[str, Any]) -> None:
    """Fetch a dataset of OpenML by number: ``table.parquet``, and ``about.json``."""
    import pandas as pd  # only this kind of job needs them
    from sklearn.datasets import fetch_openml

    socket.setdefaulttimeout(job["timeout"])  # scikit-learn sets none
    bunch = fetch_openml(
        data_id=job["id"],
        data_home=str(folder / "openml"),
        as_frame=True,
        parser="auto",
        n_retries=1,  # the fewest it takes
        delay=0.1,
    )
    table = bunch.frame
    for name in table.columns:
        if isinstance(table[name].dtype, pd.SparseDtype):
            raise ValueError("its table is sparse, which is not supported")  # noqa: TRY004 # what main() prints
    table.to_parquet(folder / "table.parquet")
    target = list(bunch.target_names)
    about = {
        "name": bunch.details["name"],
        "version": bunch.details["version"],
        "target": target[0] if len(target) == 1 else None,
    }
    (folder / "about.json").write_text(json.dumps(about), "utf-8")


KINDS: Mapping[str, Callable[[Path, Mapping[str, Any]], None]] = MappingProxyType(
    {"mirror": from_mirror, "openml": from_openml, "openml-table": table_from_openml}
)


def reason_of(error: BaseException) -> str:
    """Return the root cause of a network error, in one line."""
    response = getattr(error, "response", None)
    if response is not None:  # requests
        return f"answered HTTP {response.status_code} {response.reason}"
    if hasattr(error, "code"):  # urllib
        return f"answered HTTP {error.code}"
    root = error
    while (deeper := root.__cause__ or root.__context__) is not None:
        root = deeper
    if isinstance(root, TimeoutError):
        return "timed out"
    text = getattr(root, "strerror", None) or str(root) or type(root).__name__
    return " ".join(str(text).split())


def end_with_parent() -> None:
    """End this process when its parent dies, which holds the other end of its input."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(arguments: list[str]) -> int:
    """Do one job; return 0 when its files are there."""
    job = json.loads(arguments[0])
    try:
        KINDS[job["kind"]](Path(arguments[1]), job)
    except (OSError, ValueError, http.client.HTTPException) as error:
        print(reason_of(error))  # noqa: T201 # this is how a child reports to its parent
        return 1
    return 0


if __name__ == "__main__":
    end_with_parent()
    sys.exit(main(sys.argv[1:]))
