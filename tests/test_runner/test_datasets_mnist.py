"""MNIST on disk: where it is looked for, and that only the right content passes."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tunecard.runner.datasets import Places, known_datasets, load, write_idx
from tunecard.runner.datasets.mnist import load_mnist
from tunecard.runner.datasets.mnist_files import FILES, IdxFile
from tunecard.runner.datasets.values import Request
from tunecard.runner.errors import DataError, DataUnreachable
from tunecard.runner.schema import Subset

Arrays = dict[str, npt.NDArray[np.uint8]]


def small_arrays() -> Arrays:
    """Make 12 training and 5 test images of 3 x 2 pixels that differ between the parts."""
    rng = np.random.default_rng(0)
    return {
        "train-images": rng.integers(0, 128, (12, 3, 2), dtype=np.uint8),
        "train-labels": np.arange(12, dtype=np.uint8) % 10,
        "t10k-images": rng.integers(128, 256, (5, 3, 2), dtype=np.uint8),
        "t10k-labels": np.arange(5, dtype=np.uint8),
    }


def put(
    folder: Path, arrays: Arrays, *, dotted: bool = False, gzipped: bool = False
) -> None:
    """Write the arrays under one of the spellings in the wild."""
    for stem, array in arrays.items():
        path = folder / f"{stem}{'.' if dotted else '-'}idx{array.ndim}-ubyte"
        write_idx(array, path)
        if gzipped:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()


@pytest.fixture
def small_files(tmp_path: Path) -> tuple[IdxFile, ...]:
    """Describe the small arrays as the four files of MNIST are described."""
    folder = tmp_path / "described"
    put(folder, small_arrays())
    return tuple(
        IdxFile(
            stem=stem,
            shape=array.shape,
            sha256=hashlib.sha256(
                (folder / f"{stem}-idx{array.ndim}-ubyte").read_bytes()
            ).hexdigest(),
            gzip_sha256="",
            gzip_bytes=0,
        )
        for stem, array in small_arrays().items()
    )


def request(tmp_path: Path, *, data_dir: Path | None = None) -> Request:
    """Ask for data without any network."""
    places = Places(cache=tmp_path / "cache")
    return Request(data_dir, offline=True, places=places, notice=print)


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("gzipped", [False, True])
def test_every_spelling_is_found(
    tmp_path: Path, small_files: tuple[IdxFile, ...], *, dotted: bool, gzipped: bool
) -> None:
    """Gzipped or not, with a dash or a dot: each part has its own rows, pixels / 255."""
    arrays = small_arrays()
    put(tmp_path / "data", arrays, dotted=dotted, gzipped=gzipped)
    whole = load_mnist(request(tmp_path, data_dir=tmp_path / "data"), small_files)
    assert whole.test is not None
    for part, name in ((whole.train, "train"), (whole.test, "t10k")):
        pixels = arrays[f"{name}-images"].reshape(-1, 6)
        np.testing.assert_array_equal(part.X, pixels.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(part.y, arrays[f"{name}-labels"])
    assert whole.image_shape == (3, 2)
    assert whole.source == "IDX files in the data folder"


def test_the_cache_is_used_when_no_folder_is_named(
    tmp_path: Path, small_files: tuple[IdxFile, ...]
) -> None:
    """What lies in the user's cache is read without asking anybody."""
    put(tmp_path / "cache" / "mnist", small_arrays(), gzipped=True)
    whole = load_mnist(request(tmp_path), small_files)
    assert whole.source == "the user cache"
    assert len(whole.train.y) == 12


def test_a_named_folder_is_the_only_place(
    tmp_path: Path, small_files: tuple[IdxFile, ...]
) -> None:
    """A folder without the files is an error even when the cache has them."""
    put(tmp_path / "cache" / "mnist", small_arrays())
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match="lacks train-images-idx3-ubyte, train-labels-idx1"):
        load_mnist(request(tmp_path, data_dir=tmp_path / "data"), small_files)


def test_a_single_missing_file_is_named(
    tmp_path: Path, small_files: tuple[IdxFile, ...]
) -> None:
    """Of four files the one that is not there is told, and no other."""
    put(tmp_path / "data", small_arrays())
    (tmp_path / "data" / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="lacks t10k-labels-idx1-ubyte of MNIST"):
        load_mnist(request(tmp_path, data_dir=tmp_path / "data"), small_files)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A wrong path, a file in its place and an impossible name are told, exit code 2."""
    (tmp_path / "file").write_bytes(b"")
    for name in ("none", "file", "x" * 300):
        with pytest.raises(DataError, match=r"is not there|cannot be read") as caught:
            load_mnist(request(tmp_path, data_dir=tmp_path / name))
        assert caught.value.exit_code == 2


def test_wrong_content_is_an_error_with_both_hashes(
    tmp_path: Path, small_files: tuple[IdxFile, ...]
) -> None:
    """One pixel off: the file, the found and the expected hash, and what to do."""
    arrays = small_arrays()
    arrays["t10k-images"][0, 0, 0] ^= 1
    put(tmp_path / "data", arrays)
    path = tmp_path / "data" / "t10k-images-idx3-ubyte"
    with pytest.raises(DataError) as caught:
        load_mnist(request(tmp_path, data_dir=tmp_path / "data"), small_files)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert hashlib.sha256(path.read_bytes()).hexdigest() in message
    assert small_files[2].sha256 in message
    assert message.endswith("Put the original file there, or name no data folder.")


def test_wrong_content_in_the_cache_is_an_error(
    tmp_path: Path, small_files: tuple[IdxFile, ...]
) -> None:
    """What was damaged in the cache is to be deleted; it is not silently replaced."""
    arrays = small_arrays()
    arrays["train-labels"][0] = 9
    put(tmp_path / "cache" / "mnist", arrays)
    with pytest.raises(DataError, match="Delete it, and the next run fetches it again"):
        load_mnist(request(tmp_path), small_files)


def test_another_size_is_told_before_any_hash(
    tmp_path: Path, small_files: tuple[IdxFile, ...]
) -> None:
    """A file of one row less is told by its shape and the shape needed."""
    arrays = small_arrays()
    put(tmp_path / "data", {stem: array[:-1] for stem, array in arrays.items()})
    with pytest.raises(
        DataError, match=r"\(11, 3, 2\), but MNIST's train-images has \(12,"
    ):
        load_mnist(request(tmp_path, data_dir=tmp_path / "data"), small_files)


def test_offline_and_nowhere_says_what_was_tried(tmp_path: Path) -> None:
    """Each place is told with its reason, then what to do; exit code 3."""
    with pytest.raises(DataUnreachable) as caught:
        load_mnist(request(tmp_path))
    message = str(caught.value)
    for words in (
        "the data folder: none was named",
        "the user cache: train-images-idx3-ubyte is not in it",
        "not queried, --offline",
        "--data-dir",
        "TUNECARD_DATA_DIR",
        "tunecard run digits",
    ):
        assert words in message
    assert str(tmp_path) not in message  # it may end up in results that are shared
    assert caught.value.exit_code == 3


def test_known_looks_at_headers(tmp_path: Path) -> None:
    """Files with MNIST's names and another shape are not taken for MNIST."""
    put(tmp_path, small_arrays())
    assert "train-images-idx3-ubyte is not MNIST's" in known_datasets(tmp_path)[0].where
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"no")
    assert known_datasets(tmp_path)[0].where.startswith("damaged: ")
    (tmp_path / "train-images-idx3-ubyte").unlink()
    assert known_datasets(tmp_path)[0].where == f"not in the data folder {tmp_path}"


@pytest.mark.mnist
def test_known_finds_the_real_mnist(mnist_dir: Path) -> None:
    """The folder that holds MNIST is what the listing tells."""
    assert known_datasets(mnist_dir)[0].where == str(mnist_dir)


@pytest.mark.mnist
def test_the_real_mnist_is_loaded_whole(mnist_dir: Path) -> None:
    """60,000 and 10,000 rows of 784, with the class counts that the literature knows."""
    dataset = load(
        "mnist",
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=mnist_dir,
        offline=True,
        notice=print,
    )
    info = dataset.info
    assert dataset.X_train.shape == (60_000, 784)
    assert dataset.X_test.shape == (10_000, 784)
    assert info.image_shape == (28, 28)
    # Counts as torchvision and Keras document them.
    assert [c.n_train for c in info.classes] == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert [c.n_test for c in info.classes] == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    np.testing.assert_array_equal(dataset.test_index, np.arange(10_000))
    np.testing.assert_array_equal(np.unique(dataset.X_test * 255), np.arange(256))


@pytest.mark.mnist
def test_the_parts_of_the_real_mnist_are_not_mixed(mnist_dir: Path) -> None:
    """Every test row of a subset is the row of the test file that its index names.

    The file is read here byte by byte, and no test image occurs in the
    training part.
    """
    dataset = load(
        "mnist",
        seed=3,
        test_size=0.25,
        subset=Subset(train=6000, test=1000),
        data_dir=mnist_dir,
        offline=True,
        notice=print,
    )
    path = next(mnist_dir.glob("t10k-images*"))
    content = (
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    )
    pixels = np.frombuffer(content, dtype=np.uint8, offset=16).reshape(10_000, 784)
    np.testing.assert_array_equal(
        np.rint(dataset.X_test * 255).astype(np.uint8), pixels[dataset.test_index]
    )
    everything = np.concatenate([dataset.X_train, dataset.X_test])
    assert len(np.unique(everything, axis=0)) == 7000
    assert dataset.info.n_test_rows_in_train == 0
    assert dataset.info.subset_of == "MNIST (60,000 training and 10,000 test rows)"


@pytest.mark.mnist
def test_loading_the_real_mnist_stays_under_700_mib(mnist_dir: Path) -> None:
    """A fresh process that loads all of MNIST and describes it peaks below 700 MiB."""
    code = (
        "import sys; from pathlib import Path; from tunecard.runner.datasets import load;"
        "load('mnist', seed=0, test_size=0.25, subset=None, data_dir=Path(sys.argv[1]),"
        " offline=True, notice=print);"
        # Not getrusage: its maximum begins with what the parent held at the fork.
        "status = Path('/proc/self/status').read_text();"
        "print(status.split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(mnist_dir)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 700 * 1024


def test_the_files_are_those_of_the_literature() -> None:
    """The original gzips are 11,594,722 bytes in all, as LeCun's page lists them."""
    assert sum(file.gzip_bytes for file in FILES) == 11_594_722
    assert [file.name for file in FILES] == [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ]
