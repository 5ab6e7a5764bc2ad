import type { Browser } from '@playwright/test';

// Photos as a phone makes them, and what is left in them.

// A real JPEG, drawn by the browser, with the place of the shot in its Exif data.
export async function photoWithGPS(browser: Browser): Promise<Buffer> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const base64 = await page.evaluate(() => {
    const c = document.createElement('canvas');
    c.width = 960;
    c.height = 720;
    const g = c.getContext('2d')!;
    const sky = g.createLinearGradient(0, 0, 0, 720);
    sky.addColorStop(0, '#9db7d5');
    sky.addColorStop(1, '#5a5a5a');
    g.fillStyle = sky;
    g.fillRect(0, 0, 960, 720);
    g.fillStyle = '#222';
    g.beginPath();
    g.ellipse(480, 540, 220, 70, 0, 0, 7);
    g.fill();
    return c.toDataURL('image/jpeg', 0.85).split(',')[1]!;
  });
  await context.close();
  const jpeg = Buffer.from(base64, 'base64');
  return Buffer.concat([jpeg.subarray(0, 2), exif(50.2547, 28.6587), jpeg.subarray(2)]);
}

// The APP1 segment with a GPS directory (Exif 2.32, 4.6.6).
function exif(lat: number, lon: number): Buffer {
  const b = Buffer.alloc(152);
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    b.writeUInt16LE(tag, at);
    b.writeUInt16LE(type, at + 2);
    b.writeUInt32LE(count, at + 4);
    b.writeUInt32LE(value, at + 8);
  };
  const degrees = (at: number, v: number) => {
    const d = Math.floor(v), m = Math.floor((v - d) * 60), s = Math.round(((v - d) * 60 - m) * 6000);
    [[d, 1], [m, 1], [s, 100]].forEach(([n, q], i) => {
      b.writeUInt32LE(n!, at + i * 8);
      b.writeUInt32LE(q!, at + i * 8 + 4);
    });
  };
  b.write('II*\0', 0, 'latin1');
  b.writeUInt32LE(8, 4);
  b.writeUInt16LE(2, 8); // first directory: orientation, where the GPS directory lies
  entry(10, 0x0112, 3, 1, 1);
  entry(22, 0x8825, 4, 1, 40);
  b.writeUInt16LE(4, 40); // GPS directory
  entry(42, 1, 2, 2, 'N'.charCodeAt(0));
  entry(54, 2, 5, 3, 100);
  entry(66, 3, 2, 2, 'E'.charCodeAt(0));
  entry(78, 4, 5, 3, 124);
  degrees(100, lat);
  degrees(124, lon);
  const head = Buffer.from([0xff, 0xe1, 0, 0, ...Buffer.from('Exif\0\0', 'latin1')]);
  head.writeUInt16BE(2 + 6 + b.length, 2);
  return Buffer.concat([head, b]);
}

// The names of the segments of a JPEG that may tell of its maker: APP1 (Exif,
// XMP), APP13 (IPTC), comments.
export function tellTales(jpeg: Buffer): string[] {
  const out: string[] = [];
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xda; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1]!;
    if (marker === 0xe1 || marker === 0xed || marker === 0xfe) {
      out.push(`${marker.toString(16)} ${jpeg.subarray(at + 4, at + 14).toString('latin1').split('\0')[0]}`);
    }
  }
  return out;
}
