/**
 * PNG files of grey images, without a canvas, whose `toBlob` some browsers fill with noise.
 *
 * The pixels are stored, not compressed: no image here has more than a few hundred kilobytes.
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const LARGEST_BLOCK = 65535; // bytes of a stored block
const ADLER = 65521;

/**
 * A PNG file.
 * @param {Uint8Array} gray `[height*width]`, 255 is white
 * @param {number} width
 * @param {number} height
 * @returns {Uint8Array}
 */
export function png(gray, width, height) {
  const header = [...bigEndian(width), ...bigEndian(height), 8, 0, 0, 0, 0]; // 8 bits of grey, not interlaced
  const rows = new Uint8Array(height * (width + 1)); // each begins with its filter, 0: none
  for (let y = 0; y < height; y++) rows.set(gray.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return joined([SIGNATURE, chunk("IHDR", header), chunk("IDAT", stored(rows)), chunk("IEND", [])]);
}

/** @param {string} name @param {ArrayLike<number>} content @returns {Uint8Array} */
function chunk(name, content) {
  const body = joined([[...name].map((letter) => letter.charCodeAt(0)), content]);
  return joined([bigEndian(content.length), body, bigEndian(crc(body))]);
}

/** @param {Uint8Array} bytes @returns {Uint8Array} a zlib stream of stored blocks */
function stored(bytes) {
  const parts = [[0x78, 0x01]];
  for (let start = 0; start < bytes.length; start += LARGEST_BLOCK) {
    const block = bytes.subarray(start, start + LARGEST_BLOCK);
    const [low, high] = [block.length & 255, block.length >> 8];
    const isLast = Number(start + LARGEST_BLOCK >= bytes.length);
    parts.push([isLast, low, high, low ^ 255, high ^ 255], /** @type {any} */ (block));
  }
  return joined([...parts, bigEndian(adler(bytes))]);
}

/** @param {ArrayLike<number>[]} parts @returns {Uint8Array} */
function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((place, part) => (bytes.set(part, place), place + part.length), 0);
  return bytes;
}

/** @param {number} value @returns {number[]} four bytes */
function bigEndian(value) {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

/** @param {Uint8Array} bytes @returns {number} the check sum of zlib */
function adler(bytes) {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % ADLER;
    b = (b + a) % ADLER;
  }
  return ((b << 16) | a) >>> 0;
}

/** @param {Uint8Array} bytes @returns {number} the check sum of chunks, CRC-32 */
function crc(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
