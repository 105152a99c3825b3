// tuf-js's client: refresh, look each target up, download it. Usage: MODULES URL ROOT LIST
// FOLDER, where MODULES has the folder node_modules.
const fs = require('fs');
const path = require('path');
const [modules, url, root, targets, folder] = process.argv.slice(1);
const { Updater } = require(path.join(modules, 'node_modules', 'tuf-js'));

async function main() {
  const metadata = path.join(folder, 'metadata');
  const downloads = path.join(folder, 'targets');
  fs.mkdirSync(metadata);
  fs.mkdirSync(downloads);
  fs.copyFileSync(root, path.join(metadata, 'root.json'));
  const updater = new Updater({
    metadataDir: metadata,
    metadataBaseUrl: url,
    targetDir: downloads,
    targetBaseUrl: url + '/targets',
    config: { snapshotMaxLength: 1 << 30, targetsMaxLength: 1 << 30, maxDelegations: 1 << 20 },
  });
  await updater.refresh();
  const lines = fs.readFileSync(targets, 'utf8').trimEnd().split('\n');
  for (const [i, line] of lines.entries()) {
    const info = await updater.getTargetInfo(line.split('\t')[1]);
    await updater.downloadTarget(info, path.join(downloads, String(i)));
  }
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
