# POP3; looks for mail four times. What failed once with TLS is tried without it from then on, or never again ("careful").
from line import *
with_tls, failures = True, 0
for turn in range(4):
    try:
        c = Line()
        c.reply()
        if with_tls:
            if 'STLS' not in c.ask('CAPA') or c.ask('STLS')[-1][0] != '+':
                raise EOFError('no TLS')
            c.tls()
        for word in ('USER ' + E['user'], 'PASS ' + E['password'], 'STAT', 'QUIT'):
            if c.ask(word)[-1][0] != '+':
                raise EOFError('refused')
    except (OSError, EOFError):
        failures += 1
        with_tls = sys.argv[1] == 'careful'
    time.sleep(0.3)
sys.exit(failures > 0)
