# Tries one port after the other. Words: protocol, then `port` (TLS from byte 0), `port:starttls` (insists), `port:clear`.
import sys
from line import *
E['message'] = E['message'] if os.path.exists(E['message']) else os.devnull


def opened(port, how):
    E['port'] = port
    line = Line()
    if how == '':
        line.tls()
    line.read()
    return line


def imap(line, how):
    if how == 'starttls':
        assert ' OK' in line.ask('s STARTTLS')[-1]
        line.tls()
    assert ' OK' in line.ask('l LOGIN %(user)s %(password)s' % E)[-1]
    line.ask('q LOGOUT')


def smtp(line, how):
    line.ask('EHLO client.example')
    if how == 'starttls':
        assert line.ask('STARTTLS')[-1].startswith('220')
        line.tls()
        line.ask('EHLO client.example')
    assert line.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    mail(line)
    line.ask('QUIT')


def pop3(line, how):
    if how == 'starttls':
        assert line.ask('STLS')[-1].startswith('+OK')
        line.tls()
    assert line.ask('USER %(user)s' % E)[-1].startswith('+OK')
    assert line.ask('PASS %(password)s' % E)[-1].startswith('+OK')
    line.ask('QUIT')


for word in sys.argv[2:]:
    port, _, how = word.partition(':')
    try:
        globals()[sys.argv[1]](opened(port, how), how)
        sys.exit(0)
    except (OSError, EOFError, AssertionError):
        pass
sys.exit(1)
