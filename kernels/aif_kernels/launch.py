"""Starts a Python kernel as ipykernel does, but without a port: `python -m aif_kernels.launch -f CONNECTION_FILE`."""

import sys


def main() -> None:
    """Runs until the kernel is shut down."""
    from ipykernel import kernelapp

    from aif_kernels.output import PrivateOutput

    kernelapp.IOPubThread = PrivateOutput
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    # As ipykernel's: nothing is imported from the folder of the notebook while we start. IPython puts it back.
    del sys.path[0]
    main()
