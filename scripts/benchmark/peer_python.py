"""python-tuf's client: refresh, look each target up, download it. Usage: URL ROOT LIST FOLDER"""

import inspect
import os
import sys

from tuf.ngclient import Updater, UpdaterConfig

url, root, targets, folder = sys.argv[1:]
metadata, downloads = os.path.join(folder, "metadata"), os.path.join(folder, "targets")
os.mkdir(metadata)
os.mkdir(downloads)
with open(root, "rb") as f:
    trusted = f.read()
with open(os.path.join(metadata, "root.json"), "wb") as f:
    f.write(trusted)
config = UpdaterConfig()
config.snapshot_max_length = config.targets_max_length = 1 << 30
config.max_delegations = 1 << 20
more = {"bootstrap": trusted} if "bootstrap" in inspect.signature(Updater).parameters else {}
updater = Updater(metadata, url + "/", downloads, url + "/targets/", config=config, **more)
updater.refresh()
with open(targets) as f:
    for i, line in enumerate(f):
        info = updater.get_targetinfo(line.split("\t")[1])
        updater.download_target(info, os.path.join(downloads, str(i)))
