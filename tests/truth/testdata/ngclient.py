"""Asks python-tuf's client, tuf.ngclient, what it makes of repositories.

It says first, as a line of JSON, which versions it runs with. Then it reads a line of
JSON for each repository and answers it with one:

    {"metadata": URL, "targets": URL, "root": BASE64, "at": "2026-03-01T13:00:00Z",
     "paths": [PATH, ...]}

    {"stage": "snapshot", "kind": "refused", "why": "..."}
    {"stage": "", "targets": {PATH: {"step": "", "kind": "", "why": ""}, ...}}

stage is the top-level role at which the client stops, or "" if it takes all of them;
step is how far it gets with a target: "search" and "download" are where it stops. kind
is "refused", "absent" (not found), "status 500", or "network".

Each target is asked for as if it were the first, with nothing remembered below the
top-level roles. It is the library's own code that downloads and verifies, with three
things changed: the moment of reference is the one that is asked for; a silent server is
given up after half a second and not thirty; and metadata that is asked for again for
another target is remembered here, as it came.
"""

import base64
import datetime
import inspect
import json
import platform
import signal
import sys
import tempfile
from importlib import import_module

import securesystemslib
import tuf
from tuf.api import exceptions
from securesystemslib.signer import _key
from tuf.ngclient import FetcherInterface, Updater

SILENCE = 0.5  # seconds
PATIENCE = 30  # seconds for a repository
MOST = 8 << 20  # bytes that are remembered of a file; the client itself takes less


def default_fetcher():
    """The fetcher that an Updater makes for itself in this version."""
    try:
        fetcher = import_module("tuf.ngclient.urllib3_fetcher").Urllib3Fetcher()
    except ImportError:
        fetcher = import_module("tuf.ngclient._internal.requests_fetcher").RequestsFetcher()
    fetcher.socket_timeout = SILENCE
    return fetcher


class Remembering(FetcherInterface):
    """The default fetcher, which asks for each file once, whatever comes."""

    def __init__(self):
        self.inner = default_fetcher()
        self.known = {}

    def _fetch(self, url):
        if url not in self.known:
            self.known[url] = self.ask(url)
        chunks, error = self.known[url]
        yield from chunks
        if error is not None:
            raise error

    def ask(self, url):
        chunks, total = [], 0
        try:
            for chunk in self.inner.fetch(url):
                chunks.append(chunk)
                total += len(chunk)
                if total > MOST:
                    break
        except Exception as error:
            return chunks, error
        return chunks, None


class Noting(Updater):
    """An Updater that knows at which top-level role it is."""

    stage = "root"

    def _load_timestamp(self):
        self.stage = "timestamp"
        super()._load_timestamp()

    def _load_snapshot(self):
        self.stage = "snapshot"
        super()._load_snapshot()

    def _load_targets(self, role, parent_role):
        if parent_role == "root":
            self.stage = "targets"
        return super()._load_targets(role, parent_role)


def kind_of(error):
    if isinstance(error, exceptions.DownloadHTTPError):
        return f"status {error.status_code}"
    if isinstance(error, exceptions.DownloadLengthMismatchError):
        return "refused"
    if isinstance(error, exceptions.DownloadError):
        return "network"
    module = type(error).__module__
    if module.split(".")[0] in ("urllib3", "requests", "http", "socket", "ssl"):
        return "network"
    if isinstance(error, OSError):
        return "network"
    return "refused"


def why_of(error):
    parts = []
    while error is not None and len(parts) < 4:
        parts.append(f"{type(error).__name__}: {error}"[:200])
        error = error.__cause__
    return " <- ".join(parts)


class TooLong(BaseException):
    """The repository has taken all the time that there was for it."""


class Job:
    def __init__(self, job, folder):
        self.job, self.folder = job, folder
        self.fetcher, self.files = Remembering(), default_fetcher()
        self.root = base64.b64decode(job["root"])
        self.at = datetime.datetime.strptime(job["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)

    def client(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        arguments = {"target_dir": folder, "target_base_url": self.job["targets"] + "/", "fetcher": self.fetcher}
        if "bootstrap" in inspect.signature(Updater.__init__).parameters:
            arguments["bootstrap"] = self.root
        else:
            with open(folder + "/root.json", "wb") as file:
                file.write(self.root)
        updater = Noting(folder, self.job["metadata"] + "/", **arguments)
        # A run has one moment of reference, and so has the client; here it is the same.
        updater._trusted_set.reference_time = self.at
        return updater

    def run(self):
        stage, updater = "trusted root", None
        try:
            updater = self.client()
            stage = "root"
            updater.refresh()
        except TooLong:
            raise
        except Exception as error:
            if updater is not None:
                stage = updater.stage
                if "root.json is expired" in str(error):
                    stage = "root"
            version = updater._trusted_set.root.version if updater is not None else 0
            return {"stage": stage, "root": version, "kind": kind_of(error), "why": why_of(error)}
        top = dict(updater._trusted_set._trusted_set)
        return {"stage": "", "root": updater._trusted_set.root.version,
                "targets": {p: self.target(updater, top, p) for p in self.job["paths"]}}

    def target(self, updater, top, path):
        step = "search"
        try:
            # What it has learnt below the top-level roles is forgotten.
            updater._trusted_set._trusted_set = dict(top)
            updater._dir = updater.target_dir = tempfile.mkdtemp(dir=self.folder)
            updater._fetcher = self.fetcher
            info = updater.get_targetinfo(path)
            if info is None:
                return {"step": step, "kind": "absent", "why": "it finds no such target"}
            step = "download"
            updater._fetcher = self.files
            updater.download_target(info)
        except TooLong:
            raise
        except Exception as error:
            return {"step": step, "kind": kind_of(error), "why": why_of(error)}
        return {"step": "", "kind": "", "why": ""}


def answer(line):
    def late(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return Job(json.loads(line), folder).run()
    except TooLong:
        return {"stage": "?", "kind": "network", "why": f"it has taken {PATIENCE} s"}
    finally:
        signal.alarm(0)


def version_of(name):
    try:
        return import_module(name).__version__
    except (ImportError, AttributeError):
        return "none"


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if getattr(_key, "CRYPTO_IMPORT_ERROR", None):
    # Without it securesystemslib takes every key but Ed25519 for one that has not signed.
    sys.exit("securesystemslib finds no cryptography that it can use: install a newer one")
say({
    "tuf": tuf.__version__, "securesystemslib": securesystemslib.__version__, "urllib3": version_of("urllib3"),
    "requests": version_of("requests"), "cryptography": version_of("cryptography"), "python": platform.python_version(),
})
for line in sys.stdin:
    say(answer(line))
