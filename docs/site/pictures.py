#!/usr/bin/python3
"""Pictures of the tools on terminals of 80 and 120 columns: docs/guide/pictures. Each tool runs in a shell in tmux; its
screen is taken as it is, with its colours, and Rich makes an SVG of it. Nothing is edited.

    ./sigqueue site --pictures

The shell is in a directory of its own, with a link to sigqueue, so that no path of the machine is shown."""

import io
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from rich.console import Console
from rich.text import Text

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / 'docs/guide/pictures'
WIDTHS = [80, 120]
HEIGHT = 80
PATIENCE_SECONDS = 120
SHELL = "exec env PS1='$ ' bash --norc --noprofile"
PROMPT = r'\n\$ *$'

# Dark wherever it is shown, and of the fonts that are there: Rich places each piece of text, whatever its font.
SVG = """<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
font-size: {char_height}px;
}}
{styles}
</style>
<defs>{lines}</defs>
<rect width="100%" height="100%" fill="#292929"/>
<g transform="translate({terminal_x}, 24)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen:
    """A shell on a terminal of its own, in a directory."""

    def __init__(self, columns, directory):
        self.columns = columns
        self.name = f'sigqueue-{os.getpid()}-{columns}'
        size = ['-x', str(columns), '-y', str(HEIGHT)]
        self.tmux('-f', '/dev/null', 'new-session', '-d', *size, '-c', str(directory), SHELL)
        self.expect(PROMPT)

    def tmux(self, *words):
        command = ['tmux', '-u', '-L', self.name, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def text(self):
        return '\n' + self.tmux('capture-pane', '-p').rstrip()

    def expect(self, pattern):
        """Waits until the screen shows this, and returns the match."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(pattern, self.text())):
            if time.monotonic() > end:
                raise SystemExit(f'{pattern} did not come:\n{self.text()}')
            time.sleep(0.02)
        return found

    def press(self, *keys):
        self.tmux('send-keys', *keys)

    def type(self, line):
        self.press('-l', line)
        self.press('Enter')

    def run(self, line):
        """Runs a command to its end."""
        before = self.text().count('\n$')
        self.type(line)
        self.expect(r'(?s)(\n\$.*){%d}%s' % (before, PROMPT))

    def take(self, name):
        """Makes a picture of what the screen shows, without the empty lines below and the last prompt."""
        text = re.sub(r'\n(\x1b\[[\d;]*m)*\$\s*$', '', self.tmux('capture-pane', '-p', '-e').rstrip())
        console = Console(
            record=True, width=self.columns, file=io.StringIO(), force_terminal=True, color_system='standard'
        )
        console.print(Text.from_ansi(text), no_wrap=True, overflow='ignore', crop=False, highlight=False)
        name = f'{name}-{self.columns}'
        (PICTURES / f'{name}.svg').write_text(console.export_svg(code_format=SVG, unique_id=name))

    def end(self):
        self.tmux('kill-server')


def sigqueue(directory, *words, **options):
    return subprocess.Popen(['./sigqueue', *words], cwd=directory, **options)


# What is taken


def doctor(screen, directory):
    screen.run("(trap '' HUP; ./sigqueue doctor)")
    screen.take('doctor')


def watch(screen, directory):
    screen.type('./sigqueue watch')
    pid = screen.expect(r'\nprocess (\d+) watches')[1]
    screen.expect('\nend it')
    sender = subprocess.Popen(['bash', '-c', f'kill -HUP {pid}; read'], stdin=subprocess.PIPE)
    screen.expect('SIGHUP')
    sender.communicate()
    sigqueue(directory, 'send', pid, 'RTMIN+3', '--value', '42').wait()
    screen.expect(r'value\s+42')
    while not re.search(PROMPT, screen.text()):
        screen.press('C-c')
        time.sleep(0.2)
    screen.take('watch')


def send(screen, directory):
    screen.run('sleep 1000 &')
    screen.run('./sigqueue send $! TREM')
    screen.run('./sigqueue send $! RTMIN+3 --value 42')
    screen.run('./sigqueue send $! HUP')
    screen.take('send')


def stress(screen, directory):
    screen.type('./sigqueue stress --duration 3s')
    screen.expect(r'\n\[2/4\].*delivered \d')
    screen.take('stress-runs')
    screen.expect(PROMPT)
    screen.take('stress')


def jfr(screen, directory):
    recording = {**os.environ, 'JDK_JAVA_OPTIONS': '-XX:StartFlightRecording=filename=signals.jfr'}
    with open(directory / 'log', 'wb') as log:
        watching = sigqueue(
            directory, 'watch', 'RTMIN+3', '--count', '1', env=recording, stdout=log, stderr=subprocess.STDOUT
        )
        while b'end it' not in (directory / 'log').read_bytes():
            if watching.poll() is not None:
                raise SystemExit((directory / 'log').read_text())
            time.sleep(0.02)
        sigqueue(directory, 'send', str(watching.pid), 'RTMIN+3', '--value', '42').wait()
        watching.wait()
    screen.run('jfr print --categories Signals signals.jfr')
    screen.take('jfr')


def main():
    java = pathlib.Path(os.environ['JAVA_HOME'], 'bin') if os.environ.get('JAVA_HOME') else None
    path = f'{java}:{os.environ["PATH"]}' if java else os.environ['PATH']
    os.environ.update(PATH=path, TZ='UTC', LC_ALL='C.UTF-8')
    for name in ('NO_COLOR', 'TMUX', 'COLUMNS', 'LINES'):
        os.environ.pop(name, None)
    for number in (signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)  # children inherit what is ignored, and doctor tells of it
    subprocess.run([ROOT / 'sigqueue', '--version'], check=True, stdout=subprocess.DEVNULL)  # which builds it
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob('*.svg'):
        old.unlink()
    for picture, widths in [(doctor, WIDTHS), (watch, WIDTHS), (send, WIDTHS), (stress, WIDTHS), (jfr, WIDTHS[:1])]:
        for columns in widths:
            with tempfile.TemporaryDirectory() as folder:
                directory = pathlib.Path(folder)
                (directory / 'sigqueue').symlink_to(ROOT / 'sigqueue')
                screen = Screen(columns, directory)
                try:
                    picture(screen, directory)
                finally:
                    screen.end()
    print(f'site: {len(list(PICTURES.glob("*.svg")))} pictures in {PICTURES.relative_to(ROOT)}')


if __name__ == '__main__':
    main()
