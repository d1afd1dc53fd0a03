// SPDX-License-Identifier: Apache-2.0
// Photos on their way into the page: chosen, dropped or pasted, decoded, and made ready to be sent.

const kPhotoName = /\.(jpe?g|png|webp|gif|heic|heif|avif)$/i;

/** What file choosers offer. */
export const kPhotoTypes = 'image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,.heic,.heif';

/** The server shrinks a photo that is asked about further than this; sending more would only take longer. */
const kAskedSide = 2048;

export const isPhoto = (file) => file.type.startsWith('image/') || kPhotoName.test(file.name);

/**
 * A photo that is ready to be shown and sent. `blob` is what is sent, and boxes count its pixels, upright.
 * `visible` is false where the browser cannot show the format (HEIC); width and height are 0 then.
 */
class Photo {
  constructor(name, blob, { width, height }) {
    this.name = name;
    this.blob = blob;
    this.width = width;
    this.height = height;
    this.visible = width > 0;
    this.url = URL.createObjectURL(blob);
  }

  /** The photo as a data URI, as requests carry it. */
  dataUri() {
    this.encoded ??= new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => { this.encoded = undefined; reject(reader.error); };  // it may be readable again later
      reader.readAsDataURL(this.blob);
    });
    return this.encoded;
  }

  /** Frees the memory of its picture, once nothing shows it any more. */
  release() {
    URL.revokeObjectURL(this.url);
  }
}

const decode = (blob) => createImageBitmap(blob).catch(() => null);

/** The bitmap as a JPEG with sides of at most `side`: {blob, width, height}, or null where the browser fails. */
function draw(bitmap, side, quality) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  // JPEG knows no transparency: without a ground it would become black.
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(blob && { blob, width: canvas.width, height: canvas.height }), 'image/jpeg', quality);
  });
}

/** A photo as it is, to be kept. */
export async function openPhoto(file) {
  const bitmap = await decode(file);
  const size = bitmap ? { width: bitmap.width, height: bitmap.height } : { width: 0, height: 0 };
  bitmap?.close();
  return new Photo(file.name, file, size);
}

/** A photo to be asked about: no larger than the server looks at. */
export async function openAskedPhoto(file) {
  const bitmap = await decode(file);
  if (!bitmap) return new Photo(file.name, file, { width: 0, height: 0 });
  const fits = Math.max(bitmap.width, bitmap.height) <= kAskedSide;
  const sent = (!fits && await draw(bitmap, kAskedSide, 0.92)) || { blob: file, width: bitmap.width, height: bitmap.height };
  bitmap.close();
  return new Photo(file.name, sent.blob, sent);
}

/** A small picture of a photo, or null where the browser cannot show it. */
export async function thumbnail(blob, side) {
  const bitmap = await decode(blob);
  if (!bitmap) return null;
  const small = await draw(bitmap, side, 0.8);
  bitmap.close();
  return small?.blob ?? null;
}

const readEntries = (reader) => new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
const entryFile = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });

/** What cannot be read is left out, like what is no photo. */
async function walk(entry, prefix, found) {
  if (entry.isFile) {
    const file = await entryFile(entry).catch(() => null);
    if (file && isPhoto(file)) found.push({ file, path: prefix + file.name });
    return;
  }
  const reader = entry.createReader();
  for (let batch = await readEntries(reader); batch.length > 0; batch = await readEntries(reader)) {
    for (const child of batch) await walk(child, `${prefix}${entry.name}/`, found);
  }
}

/** The photos of a drop, folders included, as {file, path}. Other files are left out. */
async function droppedPhotos(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return chosenPhotos([...transfer.files]);
  const found = [];
  for (const entry of entries) await walk(entry, '', found);
  return found;
}

/** The photos of a file chooser, as {file, path}. */
export const chosenPhotos = (files) => files.filter(isPhoto).map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** Lets photos be dropped onto `target`; `onPhotos` gets a list of {file, path}, empty if none was a photo. */
export function acceptDrops(target, onPhotos) {
  let depth = 0;  // dragenter and dragleave also come from children
  const mark = () => target.classList.toggle('is-over', depth > 0);
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');
  target.addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    mark();
  });
  target.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    mark();
  });
  target.addEventListener('dragover', (event) => { if (carriesFiles(event)) event.preventDefault(); });
  target.addEventListener('drop', async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    depth = 0;
    mark();
    onPhotos(await droppedPhotos(event.dataTransfer));
  });
}
