#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The drawings of --format svg, measured: text lies within the drawing and on no other text, lifelines, heads
and bars lie within it, nothing is fetched or run, and a renderer (rsvg-convert) draws it whole, in black and
white too. The subjects are recordings, and what tests/svg/draw makes up, from 1 step to 200."""
import os
import re
import shutil
import struct
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
import zlib

TOP = os.environ.get('top_srcdir') or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('top_builddir', os.path.join(TOP, 'build'))
PROGRAM = os.environ.get('TCPSHAKE', os.path.join(BUILD, 'tcpshake'))
DRAW = os.path.join(BUILD, 'tests', 'svg', 'draw')
PCAPS = os.path.join(TOP, 'pcaps')
SVG = '{http://www.w3.org/2000/svg}'

COLUMN = 7.9  # of DejaVu Sans Mono at 13 px, 7.83, which is as wide as any of the faces asked for
ASCENT, DESCENT = 10, 3
MARGIN = 8  # nothing comes nearer to an edge
PIXELS_MAX = 250000  # of images that are looked at: unpacking is slow here

RECORDINGS = ['half-open-v4', 'four-segment-v4', 'lossy-v4', 'dropped-v4', 'several-v4', 'ports-v4', 'no-route-v4',
              'addr-unreachable-v6', 'everything-twice-v4', 'path-v4', 'strange-flags-v4']
# steps, connections, targets, verbosity
MADE = [(1, 1, 1, 0), (7, 1, 1, 0), (30, 1, 1, 0), (200, 1, 1, 0), (30, 1, 1, 1), (7, 2, 1, 0), (7, 10, 1, 0),
        (7, 500, 1, 0), (7, 501, 1, 0), (7, 1000, 1, 0), (7, 3000, 3, 0), (7, 300, 30, 0), (7, 100, 1, -1), (7, 1, 1, -1), (0, 0, 0, 0)]


class Fault(Exception):
    """Something that is wrong with a drawing."""


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 0 if unicodedata.combining(c) else 1 for c in text)


def text_box(element):
    text = ''.join(element.itertext())
    x, y, width = float(element.get('x')), float(element.get('y')), columns(text) * COLUMN
    left = x - {'end': width, 'middle': width / 2}.get(element.get('text-anchor'), 0)
    return (left, y - ASCENT, left + width, y + DESCENT, text)


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def check_texts(boxes, width, height):
    """Sorted by their tops, only neighbours can overlap."""
    boxes = sorted(boxes, key=lambda box: box[1])
    for i, box in enumerate(boxes):
        if box[0] < MARGIN or box[1] < MARGIN or box[2] > width - MARGIN or box[3] > height - MARGIN:
            raise Fault('%r reaches out of %g x %g: %s' % (box[4], width, height, box[:4]))
        for other in boxes[i + 1:]:
            if other[1] >= box[3]:
                break
            if overlap(box, other):
                raise Fault('%r overlaps %r' % (box[4], other[4]))


def segments(root):
    for line in root.iter(SVG + 'line'):
        yield line.get('class'), [float(line.get(name)) for name in ('x1', 'y1', 'x2', 'y2')]


def check_lines(root, boxes, width, height):
    """No line leaves the drawing or strikes text out; marks lead from a name, so that they may touch it."""
    for kind, (x1, y1, x2, y2) in segments(root):
        if min(x1, x2) < MARGIN or min(y1, y2) < MARGIN or max(x1, x2) > width - MARGIN or max(y1, y2) > height - MARGIN:
            raise Fault('a line of %s reaches out: %s' % (kind, (x1, y1, x2, y2)))
        stroke = (min(x1, x2), min(y1, y2), max(x1, x2) + 0.01, max(y1, y2) + 0.01, kind)
        for box in boxes:
            if kind not in ('axis', 'mark') and overlap(stroke, box):
                raise Fault('a line of %s goes through %r' % (kind, box[4]))


def check_self_contained(root, data):
    """Neither scripts nor anything from elsewhere; text that can be selected; words for those who cannot see."""
    if re.search(rb'<script|<image|<foreignObject|href|url\(|@import|@font-face|\son[a-z]+=|\x1b', data):
        raise Fault('it is not self-contained')
    allowed = {SVG + name for name in ('svg', 'title', 'desc', 'style', 'rect', 'text', 'tspan', 'line', 'path')}
    strange = {element.tag for element in root.iter()} - allowed
    if strange:
        raise Fault('elements %s' % ', '.join(sorted(strange)))
    if not (root.findtext(SVG + 'title') or '').strip() or root.get('role') != 'img':
        raise Fault('no title')
    if 'prefers-color-scheme:dark' not in root.findtext(SVG + 'style'):
        raise Fault('no dark colours')


def check_geometry(data):
    root = ElementTree.fromstring(data)
    left, top, width, height = (float(word) for word in root.get('viewBox').split())
    if (left, top) != (0, 0) or (width, height) != (float(root.get('width')), float(root.get('height'))):
        raise Fault('viewBox %s is not its size' % root.get('viewBox'))
    boxes = [text_box(element) for element in root.iter(SVG + 'text')]
    if not boxes:
        raise Fault('nothing is said')
    check_texts(boxes, width, height)
    check_lines(root, boxes, width, height)
    check_self_contained(root, data)
    return root


def read_png(data):
    """Width, height, bytes of a pixel and the rows of an eight-bit image of RGB or RGBA without interlace, as rsvg-convert writes them."""
    at, packed, header = 8, b'', None
    while at < len(data):
        length, kind = struct.unpack_from('>I4s', data, at)
        if kind == b'IHDR':
            header = struct.unpack_from('>IIBBBBB', data, at + 8)
        elif kind == b'IDAT':
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    width, height = header[:2]
    depth = {2: 3, 6: 4}.get(header[3])
    if header[2] != 8 or depth is None or header[6] != 0:
        raise Fault('an image of another kind: %s' % (header,))
    return width, height, depth, unfilter(zlib.decompress(packed), width * depth, height, depth)


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def unfilter(raw, stride, height, depth):
    rows, above = [], bytearray(stride)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        if kind in (2, 4) and not any(row) and above == above[:depth] * (stride // depth):
            row = above  # bare paper
        elif kind == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, above))
        elif kind != 0:
            for i in range(stride):
                a, b, c = row[i - depth] if i >= depth else 0, above[i], above[i - depth] if i >= depth else 0
                row[i] = (row[i] + {1: a, 3: (a + b) // 2, 4: paeth(a, b, c)}[kind]) & 255
        rows.append(bytes(row))
        above = row
    return rows


def check_rendering(data, path):
    """Something is drawn, in several colours, and the margin all around is bare paper: nothing was cut."""
    margin = MARGIN if path else MARGIN // 2  # the full size is for people
    zoom = ['--zoom=1' if path else '--zoom=0.5']
    made = subprocess.run(['rsvg-convert', '--format=png'] + zoom, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    if made.returncode != 0:
        raise Fault('rsvg-convert: %s' % made.stderr.decode(errors='replace'))
    if path:
        with open(path, 'wb') as out:
            out.write(made.stdout)
    if path is None and int.from_bytes(made.stdout[16:20], 'big') * int.from_bytes(made.stdout[20:24], 'big') > PIXELS_MAX:
        return
    width, height, depth, rows = read_png(made.stdout)
    paper = rows[0][:depth]
    edge = rows[:margin] + rows[-margin:]
    sides = [row[:depth * margin] + row[-depth * margin:] for row in rows]
    if any(row != paper * (len(row) // depth) for row in edge + sides):
        raise Fault('something is drawn at the very edge of %d x %d' % (width, height))
    inked = sum(1 for row in rows if row != paper * width)
    if inked < min(height // 6, 10):
        raise Fault('%d of %d rows are drawn' % (inked, height))


def check_waits(root):
    """The silence of a second takes more room than that of a millisecond, and one of a minute is bounded."""
    arrows = [line[1] for kind, line in segments(root) if kind.startswith('arrow')]
    gaps = [b - a for a, b in zip(arrows, arrows[1:])]
    if not max(gaps) > 3 * min(gaps):
        raise Fault('long waits do not look long: %s' % gaps)
    if max(gaps) > 400:
        raise Fault('a gap of %g' % max(gaps))


def subjects():
    for name in RECORDINGS:
        yield name, [PROGRAM, '-r', os.path.join(PCAPS, name + '.pcapng'), '--format', 'svg'], (0, 1)
    for made in MADE:
        yield 'made-up-%d-steps-%d-connections-%d-targets-%d' % made, [DRAW] + [str(n) for n in made], (0,)


def check(command, statuses, renderer, path):
    made = run(command)
    if made.returncode not in statuses or made.stderr:
        raise Fault('status %d: %s' % (made.returncode, made.stderr.decode(errors='replace')))
    root = check_geometry(made.stdout)
    if command[0] == DRAW and command[1] == '30' and command[2] == '1':
        check_waits(root)
    if renderer:
        check_rendering(made.stdout, path)


def main():
    keep = sys.argv[1] if len(sys.argv) > 1 else None  # a folder for the images, to look at
    renderer = shutil.which('rsvg-convert')
    if not os.access(DRAW, os.X_OK):
        print('1..0 # SKIP tests/svg/draw is not built')
        return 0
    failures = number = 0
    for number, (name, command, statuses) in enumerate(subjects(), 1):
        try:
            check(command, statuses, renderer, keep and os.path.join(keep, name + '.png'))
            print('ok %d - %s' % (number, name))
        except (Fault, ElementTree.ParseError, subprocess.TimeoutExpired) as fault:
            failures += 1
            print('not ok %d - %s\n# %s' % (number, name, fault))
    number += 1
    print('ok %d - rendered%s' % (number, '' if renderer else ' # SKIP no rsvg-convert (Debian: librsvg2-bin)'))
    print('1..%d' % number)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
