# SPDX-License-Identifier: BSD-2-Clause
"""The program with something broken: a copy of src/ in which files were changed, and programs that are linked from
what the build directory holds and the objects of these files, which take the place of those in its archives.

From the environment, as the Makefile says: top_srcdir, top_builddir, FAULT_COMPILE, FAULT_LINK, FAULT_LIBS.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

TOP = pathlib.Path(os.environ.get('top_srcdir', '.')).resolve()
BUILD = pathlib.Path(os.environ.get('top_builddir', '.')).resolve()
COMPILE_S = 120


class Unfit(Exception):
    """What is broken does not compile, or does not apply."""


def run_quietly(command, **more):
    """Runs a command in the build directory; returns what it says, or raises Unfit with the last of that."""
    done = subprocess.run(command, cwd=BUILD, timeout=COMPILE_S, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace', check=False, **more)
    if done.returncode != 0:
        raise Unfit(f'{" ".join(map(str, command[:3]))}...: {done.stdout[-600:]}')
    return done.stdout


def included_by(header):
    """The source files whose objects depend on a header, by what the compiler noted at the last build."""
    found = set()
    for notes in BUILD.glob('src/**/.deps/*.Po'):
        text = notes.read_text(errors='replace')
        if re.search(rf'/{re.escape(header)}\b', text):
            found.update(re.findall(r'\b(src/[a-z0-9_/]+\.c)\b', text.split('\n\n')[0]))
    return found


class Broken:
    """One broken program, in a directory of its own that goes when it is closed."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix='tcpshake-broken-'))
        self.directory.chmod(0o755)  # programs run as other users too
        shutil.copytree(TOP / 'src', self.directory / 'src')
        self.objects = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory, ignore_errors=True)

    def replace(self, name, change):
        """Changes the text of a file."""
        path = self.directory / name
        path.chmod(0o644)
        path.write_text(change(path.read_text()))

    def patch(self, patch):
        """Applies a patch; returns the names of the files that it changed."""
        run_quietly(['chmod', '-R', 'u+w', str(self.directory)])
        run_quietly(['patch', '-s', '-p1', '-d', str(self.directory), '-i', str(patch)])
        return re.findall(r'^\+\+\+ b/(\S+)', patch.read_text(), re.M)

    def compile(self, names, flags=()):
        """Compiles these files and those that include them."""
        sources = {name for name in names if name.endswith('.c')}
        for name in names:
            if name.endswith('.h'):
                sources |= included_by(name)
        for number, source in enumerate(sorted(sources)):
            target = self.directory / f'{number}-{pathlib.Path(source).stem}.o'
            run_quietly(shlex.split(os.environ['FAULT_COMPILE']) + [*flags] +
                        [f'-I{self.directory}/src', '-c', '-o', str(target), str(self.directory / source)])
            self.objects.append((source, str(target)))

    def link(self, program, objects, libraries='', flags=()):
        """Links the program from these objects of the build, ours and the archives; returns where it is."""
        replaced = {source for source, _ in self.objects}
        kept = [name for name in objects if not (name.endswith('tcpshake-main.o') and 'src/main.c' in replaced)]
        out = self.directory / pathlib.Path(program).name
        command = shlex.split(os.environ['FAULT_LINK']) + [*flags] + ['-o', str(out)] + kept
        libraries = shlex.split(libraries) + shlex.split(os.environ['FAULT_LIBS'])
        ours = self.objects
        if len(ours) > 1:  # more than the program consists of would bring along what it replaces
            told = run_quietly(command + libraries + ['-Wl,-M'])
            ours = [(source, target) for source, target in ours if f'a-{pathlib.Path(source).stem}.o' in told]
        run_quietly(command + [target for _, target in ours] + libraries)
        return out


def objects_of_sim(program='sim'):
    """Those of a simulation: of single connections, or of many targets."""
    return sorted(str(path.relative_to(BUILD)) for path in BUILD.glob(f'tests/**/*{program}-*.o'))
