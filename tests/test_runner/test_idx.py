"""The IDX parser: what it reads, and that nothing else gets through."""

import contextlib
import gzip
import hashlib
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tunecard.runner.datasets.idx import (
    ELEMENT_TYPES,
    idx_sha256,
    read_header,
    read_idx,
    read_labeled,
    write_idx,
)
from tunecard.runner.errors import DataError, OutputError


def header(*sizes: int, code: int = 0x08) -> bytes:
    """Spell a header byte by byte, apart from the code under test."""
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, code, len(sizes), *sizes)


def written(tmp_path: Path, content: bytes, name: str = "file-idx") -> Path:
    """Write bytes and return their path."""
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_reads_a_file_spelled_by_hand(tmp_path: Path) -> None:
    """The bytes of LeCun's description give the array that they spell."""
    array = read_idx(written(tmp_path, header(2, 3) + bytes([1, 2, 3, 4, 5, 255])))
    np.testing.assert_array_equal(array, np.array([[1, 2, 3], [4, 5, 255]], dtype=np.uint8))
    assert array.dtype == np.uint8


def zipped(content: bytes) -> bytes:
    """Compress, without the second that it is done in: it would be in a test's name."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(
    ("code", "spelled", "value"),
    [
        (0x08, b"\xfe", np.uint8(254)),
        (0x09, b"\xfe", np.int8(-2)),
        (0x0B, b"\xff\xfe", np.int16(-2)),
        (0x0C, b"\x00\x00\x01\x00", np.int32(256)),
        (0x0D, struct.pack(">f", 1.5), np.float32(1.5)),
        (0x0E, struct.pack(">d", -2.5), np.float64(-2.5)),
    ],
)
def test_every_element_type_is_big_endian(
    tmp_path: Path, code: int, spelled: bytes, value: np.generic
) -> None:
    """Each type of the format gives its value in the machine's own byte order."""
    array = read_idx(written(tmp_path, header(1, code=code) + spelled))
    assert array[0] == value
    assert array.dtype == value.dtype
    assert array.dtype.isnative


@given(
    array=st.sampled_from(sorted(ELEMENT_TYPES)).flatmap(
        lambda code: hnp.arrays(
            ELEMENT_TYPES[code].newbyteorder("="),
            hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
        )
    ),
    gzipped=st.booleans(),
)
def test_what_is_written_is_read_back(
    tmp_path: Path, array: npt.NDArray[Any], *, gzipped: bool
) -> None:
    """Writing and reading gives the same shape, type and bits, gzipped or not."""
    path = tmp_path / "array"
    write_idx(array, path)
    content = path.read_bytes()
    if gzipped:
        path.write_bytes(gzip.compress(content, mtime=0))
    read = read_idx(path)
    assert (read.shape, read.dtype) == (array.shape, array.dtype)
    assert read.tobytes() == array.tobytes()
    assert read_header(path)[1] == array.shape
    assert idx_sha256(read) == hashlib.sha256(content).hexdigest()


@given(
    content=st.one_of(
        st.binary(max_size=64),
        st.builds(
            lambda code, sizes, rest: header(*sizes, code=code) + rest,
            st.sampled_from(sorted(ELEMENT_TYPES)),
            st.lists(st.one_of(st.integers(0, 4), st.integers(0, 2**32 - 1)), max_size=5),
            st.binary(max_size=64),
        ),
    ),
    wrapping=st.sampled_from(["plain", "gzip", "cut gzip", "gzip and more"]),
)
@example(content=header(0, 2**32 - 1, 2**32 - 1), wrapping="plain")
@example(content=b"\x00\x00\x08\xff" + bytes(4 * 255), wrapping="plain")
@example(content=b"\x1f\x8b", wrapping="plain")
def test_any_bytes_give_an_array_or_a_data_error(
    tmp_path: Path, content: bytes, wrapping: str
) -> None:
    """Whatever a file holds, no other exception comes out of the parser."""
    if wrapping != "plain":
        content = gzip.compress(content, mtime=0)
    if wrapping == "cut gzip":
        content = content[:-5]
    if wrapping == "gzip and more":
        content += b"more"
    path = written(tmp_path, content)
    with contextlib.suppress(DataError):
        assert isinstance(read_idx(path), np.ndarray)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not an IDX file: it begins with nothing"),
        (b"PK\x03\x04" + bytes(20), "is not an IDX file: it begins with 50 4b 03 04"),
        (b"\0\0\x08\0", "is not an IDX file"),
        (header(2, code=0x0A) + bytes(2), "element type 0x0A is not one of IDX's"),
        (header(2, 3)[:7], "cut off within its header: 7 bytes found, 12 needed"),
        (header(2, 3) + bytes(5), "is cut off"),
        (header(2, 3) + bytes(7), "continues after the 6 bytes"),
        (header(2**31, 2**31) + bytes(7), "more than the 4,294,967,296 bytes"),
        (
            gzip.compress(header(2, 3) + bytes(5), mtime=0),
            "5 bytes of data found, 6 declared",
        ),
        (zipped(header(2, 3) + bytes(7)), "continues after the 6 bytes"),
        (zipped(header(2, 3) + bytes(6))[:-9], "gzip is damaged"),
        (
            zipped(header(2, 3) + bytes(6))[:-8] + bytes(8),
            "gzip is damaged",
        ),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0garbage", "gzip is damaged"),
    ],
)
def test_a_wrong_file_is_told_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    """The error names the file, what was found, what is needed and what to do."""
    path = written(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_idx(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert words in message
    assert message.endswith(("Get the file again.", "Check that it is the right file."))


def test_a_file_that_is_not_there_is_a_data_error(tmp_path: Path) -> None:
    """No file, a folder and a name that no system takes all end in a DataError."""
    for path in (tmp_path / "none", tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(DataError, match=r"not a regular file|cannot be read"):
            read_idx(path)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """Of 64 MiB that hide behind a header of 10 bytes, next to nothing is unpacked."""
    path = written(tmp_path, gzip.compress(header(10) + bytes(2**26), mtime=0))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="continues after the 10 bytes"):
            read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**21


def test_no_memory_is_taken_for_a_lie(tmp_path: Path) -> None:
    """A short gzip that declares 4 GiB is refused before any memory is taken."""
    path = written(tmp_path, gzip.compress(header(2**32 - 1) + bytes(10), mtime=0))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="is cut off"):
            read_idx(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**21


def test_an_array_that_the_format_lacks_is_refused(tmp_path: Path) -> None:
    """A type or a number of axes outside the format leaves no file behind."""
    path = tmp_path / "array"
    for array in (np.zeros(2, dtype=np.uint64), np.array(1, dtype=np.uint8)):
        with pytest.raises(ValueError, match="IDX holds no array"):
            write_idx(array, path)
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    """Writing below a regular file is told as every output is."""
    with pytest.raises(OutputError, match="cannot be written"):
        write_idx(np.zeros(2, dtype=np.uint8), written(tmp_path, b"") / "array")


def test_images_and_labels_must_be_as_many(tmp_path: Path) -> None:
    """Three images and two labels are an error that tells both counts."""
    images = written(tmp_path, header(3, 1, 1) + bytes(3), "images")
    labels = written(tmp_path, header(2) + bytes(2), "labels")
    with pytest.raises(DataError, match=r"has 3 images, but .*labels has 2 labels"):
        read_labeled(images, labels)


def test_images_need_three_axes_and_labels_one(tmp_path: Path) -> None:
    """Images and labels handed over in each other's place are told apart."""
    images = written(tmp_path, header(3, 1, 1) + bytes(3), "images")
    labels = written(tmp_path, header(3) + bytes(3), "labels")
    with pytest.raises(
        DataError, match=r"declares the shape \(3,\), but 3 axes are needed"
    ):
        read_labeled(labels, images)
    with pytest.raises(DataError, match="but 1 axes are needed"):
        read_labeled(images, images)
