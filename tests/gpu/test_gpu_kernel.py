"""On a machine with a GPU, with the GPU kernel's environment: it calculates, and cuDF answers as pandas does."""

import subprocess
import sys

import pytest

from aif_kernels import selftest

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def device():
    pytest.importorskip("cupy")
    finding = selftest.examine()
    if finding.status == selftest.NO_DEVICE:
        pytest.skip(finding.sentence)


def test_the_gpu_gives_numpys_result():
    finding = selftest.examine()
    assert finding.status == selftest.WORKS, finding.sentence


def test_pandas_code_runs_on_cudf_unchanged(tmp_path):
    pytest.importorskip("cudf")
    script = tmp_path / "sum.py"
    script.write_text(
        "import pandas as pd\n"
        "frame = pd.DataFrame({'town': ['a', 'b', 'a'], 'euro': [1.0, 2.0, 4.0]})\n"
        "print(frame.groupby('town')['euro'].sum().to_dict())\n"
    )
    for how in ([], ["-m", "cudf.pandas"]):
        done = subprocess.run([sys.executable, *how, str(script)], capture_output=True, text=True, timeout=300)
        assert done.stdout.strip() == "{'a': 5.0, 'b': 2.0}", done.stderr
