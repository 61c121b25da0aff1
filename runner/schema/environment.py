"""The machine and the software of a run, as results.json records them."""

from pydantic import Field

from tunecard.runner.schema.base import Count, Frozen, Size


class ThreadPool(Frozen):
    """One native thread pool as threadpoolctl reports it."""

    user_api: str
    internal_api: str
    version: str | None
    num_threads: Count


class Git(Frozen):
    """The commit of the folder that the run was started in."""

    commit: str
    dirty: bool


class Environment(Frozen):
    """The machine and the software of a run, recorded once.

    Units: ``memory`` in bytes, ``cpu_mhz`` in MHz, ``load_1m`` in runnable
    processes at the start. ``logical_cores`` is the number that the run may use;
    ``core_limits`` records what limits it (``machine``, ``affinity``,
    ``cgroup``), in cores. ``fallbacks`` names what scikit-learn lacks that a faster way
    needs: the slower, public way was taken in its place, with the same results. It is
    written where there is any. ``wait_variables`` are those of the caller's environment
    that say how long idle threads spin, such as ``OPENBLAS_THREAD_TIMEOUT``, by name;
    written where one is set.
    """

    tunecard: str
    python: str
    implementation: str
    os: str
    machine: str
    cpu: str
    physical_cores: Count | None
    logical_cores: Count
    cpu_mhz: Size | None
    memory: Count
    load_1m: Size | None
    boot_id: str | None
    packages: dict[str, str]
    thread_pools: tuple[ThreadPool, ...]
    git: Git | None
    fallbacks: tuple[str, ...] = Field(default=(), exclude_if=lambda names: not names)
    wait_variables: dict[str, str] = Field(default={}, exclude_if=lambda set_: not set_)
    core_limits: dict[str, Size] = {}
