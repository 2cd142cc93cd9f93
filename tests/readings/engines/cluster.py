"""A real standalone Spark cluster on loopback: one master, two workers, a Connect server, each a process of ours.

PySpark has an environment of its own and our client a folder of its own, both kept in the temporary folder between runs;
neither is part of ours. Java is Debian's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PYSPARK = "pyspark==4.3.0"
LOCK = ROOT / "requirements" / "spark.txt"
HOST = "127.0.0.1"
PATIENCE = 180


class Missing(Exception):
    """What the machine lacks, and how it gets it."""


def environment() -> Path:
    """The folder with `server` (PySpark) and `client` (Spark Connect's), made once."""
    _require_java()
    mark = hashlib.sha256(PYSPARK.encode() + LOCK.read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"meterkeep-spark-{mark}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder / "server", with_pip=True)
        pip = [folder / "server" / "bin" / "python", "-m", "pip", "install", "-q"]
        subprocess.run([*pip, "--no-deps", PYSPARK, "py4j"], check=True)
        subprocess.run(
            [*pip, "--target", folder / "client", "--no-deps", "--require-hashes", "-r", LOCK], check=True
        )
        (folder / "ready").touch()
    return folder


def _require_java() -> None:
    if not shutil.which("java") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-q"], check=False)
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "default-jre-headless"]
        subprocess.run(install, check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if not shutil.which("java"):
        raise Missing(
            "Spark needs Java. As root: apt-get install --no-install-recommends default-jre-headless"
        )


class Cluster:
    """folder: for logs and the workers' files."""

    def __init__(self, spark: Path, folder: Path) -> None:
        self._spark, self.folder = spark, folder
        self._ports = [free_port() for _ in range(2)]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def remote(self) -> str:
        return f"sc://{HOST}:{self._ports[1]}"

    def start(self) -> None:
        master = f"spark://{HOST}:{self._ports[0]}"
        deploy = "org.apache.spark.deploy"
        self._run(
            "master", "spark-class", f"{deploy}.master.Master", "--host", HOST, "--port", self._ports[0]
        )
        wait_for(lambda: listens(self._ports[0]), "the master to listen")
        for number in (1, 2):
            size = ["--cores", 1, "--memory", "1500m", "--webui-port", 0, "--work-dir", self.work(number)]
            self._run(
                f"worker{number}", "spark-class", f"{deploy}.worker.Worker", "--host", HOST, *size, master
            )
        settings = {
            "spark.connect.grpc.binding.address": HOST,
            "spark.connect.grpc.binding.port": self._ports[1],
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.ui.enabled": "false",
            "spark.executor.memory": "1g",
            "spark.executor.cores": 1,
            "spark.sql.shuffle.partitions": 4,
            # Small files would be one task, and no worker could die in the middle of a question.
            "spark.sql.files.openCostInBytes": 4096,
            "spark.sql.files.maxPartitionBytes": 262_144,
        }
        told = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        server = "org.apache.spark.sql.connect.service.SparkConnectServer"
        self._run("connect", "spark-submit", "--class", server, "--master", master, *told, "spark-internal")
        wait_for(lambda: listens(self._ports[1]), "the Connect server to listen")

    def _run(self, name: str, program: str, *words: object) -> None:
        environ = {**os.environ, "SPARK_LOCAL_IP": HOST, "SPARK_HOME": str(self._spark)}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [self._spark / "bin" / program, *map(str, words)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=self.folder,
                start_new_session=True,
            )

    def work(self, number: int) -> Path:
        return self.folder / f"work{number}"

    def tasks_begun(self, number: int) -> int:
        """How many tasks the executor of a worker has begun, by its own log."""
        logs = self.work(number).glob("app-*/*/stderr")
        return sum(log.read_text(errors="replace").count("Running task ") for log in logs)

    def kill_worker(self, number: int) -> None:
        """SIGKILL for the worker and its executor: no goodbye, as when a machine is gone."""
        worker = self.processes[f"worker{number}"].pid
        for process in [*_descendants(worker), worker]:
            os.kill(process, signal.SIGKILL)

    def stop(self) -> None:
        for process in self.processes.values():
            for child in [*_descendants(process.pid), process.pid]:
                try:
                    os.kill(child, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            process.wait()


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    (home,) = (environment() / "server" / "lib").glob("python*/site-packages/pyspark")
    cluster = Cluster(home, folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def driver(cluster: Cluster, *words: object) -> subprocess.Popen[str]:
    """Asks a cluster, in a process of its own."""
    command = [sys.executable, "-m", "readings.engines.driver", cluster.remote, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_with_client())


def meterkeep(home: Path, *words: object) -> str:
    """A command in a home; what it says."""
    environ = {**_with_client(), "METERKEEP_HOME": str(home)}
    environ.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "meterkeep", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout


def _with_client() -> dict[str, str]:
    """Our own code with the Spark Connect client, as a home has it whose settings name Spark."""
    path = [ROOT / "src", ROOT / "tests", environment() / "client"]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONWARNINGS": "ignore"}


def wait_for(condition, what: str, *, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"Waited {patience:.0f} s for {what}.")
        time.sleep(0.1)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _descendants(process: int) -> list[int]:
    """The youngest first."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == process:
            child = int(status.parent.name)
            found += [*_descendants(child), child]
    return found
