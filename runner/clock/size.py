"""How much work a fit is, by the size of its data: what may run beside what."""

from tunecard.runner.datasets import Dataset

#: Multiplications of a product of matrices up to which OpenBLAS does not share it among
#: threads: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD of its interface/gemm.c.
ONE_THREAD = 65_536 * 4
#: Up to which a fit is little work: threads that wait for one another cost it more than
#: they save, and to fit once more costs less than to wait for a page.
LITTLE = 2**24


def has_one_thread(dataset: Dataset) -> bool:
    """Return whether OpenBLAS does the products of the rows in one thread."""
    return _product(dataset) <= ONE_THREAD


def is_little(dataset: Dataset) -> bool:
    """Return whether a fit of the rows is little work."""
    return _product(dataset) <= LITTLE


def _product(dataset: Dataset) -> int:
    """Return the multiplications of the rows and a linear model's coefficients."""
    n_rows, n_features = dataset.X_train.shape
    return int(n_rows * n_features * max(len(dataset.info.classes), 1))
