"""A process's largest resident memory, as Linux keeps it."""

from pathlib import Path


def reset_peak(pid: int) -> None:
    """Begin anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


def peak_mib(pid: int) -> float:
    """Give the largest since the last reset, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not tell a process's peak memory")
