"""The GPU self-test's words and exit status where there is no GPU; the real one is in tests/gpu."""

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest
from fakehub import REPOSITORY

from aif_kernels import selftest


def test_without_gpu_software_it_says_so_in_one_line():
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY / 'kernels')!r}); sys.modules['cupy'] = None\n"
    code += "import runpy; runpy.run_module('aif_kernels.selftest', run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (selftest.NO_LIBRARY, "")
    assert done.stdout == "This kernel has no GPU software (CuPy); it calculates on the processor.\n"


class Runtime(SimpleNamespace):
    def getDeviceCount(self) -> int:  # noqa: N802 - CUDA's name
        if isinstance(self.count, Exception):
            raise self.count
        return self.count


@pytest.fixture
def cupy(monkeypatch):
    """CuPy as it is without a device: importable, and every use fails."""
    module = ModuleType("cupy")
    module.__spec__ = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "cupy", module)

    def with_devices(count):
        module.cuda = SimpleNamespace(runtime=Runtime(count=count))

    return with_devices


def test_an_import_that_works_is_not_taken_for_a_device(cupy):
    cupy(RuntimeError("cudaErrorInsufficientDriver:\n CUDA driver version is insufficient"))
    finding = selftest.examine()
    assert not finding
    assert finding.status == selftest.NO_DEVICE
    assert finding.sentence == ("No usable GPU here: cudaErrorInsufficientDriver: CUDA driver version is insufficient.")


def test_zero_devices_are_no_device(cupy):
    cupy(0)
    assert selftest.examine().status == selftest.NO_DEVICE


def test_a_device_that_fails_to_calculate_is_told_apart(cupy):
    cupy(1)  # and no asarray: the calculation raises
    finding = selftest.examine()
    assert finding.status == selftest.WRONG
    assert finding.sentence.startswith("A GPU is here, but it could not calculate")
