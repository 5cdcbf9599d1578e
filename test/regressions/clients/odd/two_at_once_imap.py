# IMAP; two connections at the same time. The second one takes TLS for impossible where the first one, which is quicker, had none.
from line import *
import threading
opened, failed, over = threading.Event(), threading.Event(), threading.Event()
def login(line):
    if 'OK' not in line.ask('a2 LOGIN %(user)s %(password)s' % E)[-1]:
        raise EOFError('no login')
    line.ask('a3 LOGOUT')
def first():
    try:
        line = Line()
        opened.set()
        line.read()
        if 'a1 OK' not in line.ask('a1 STARTTLS')[-1]:
            raise EOFError('refused')
        line.tls()
        login(line)
    except (OSError, EOFError):
        failed.set()
    over.set()
def second():
    opened.wait(10)
    line = Line()
    line.read()
    over.wait(10)
    offered = any('STARTTLS' in each for each in line.ask('a0 CAPABILITY'))
    if sys.argv[1] == 'listed' and not offered:
        return login(line)
    if not failed.is_set():
        if 'a1 OK' not in line.ask('a1 STARTTLS')[-1]:
            sys.exit('refused')
        line.tls()
    if sys.argv[1] == 'careful' and failed.is_set():
        sys.exit('no TLS')
    login(line)
def quietly(work):
    try:
        work()
    except (OSError, EOFError):
        pass
threads = [threading.Thread(target=first), threading.Thread(target=quietly, args=(second,))]
[each.start() for each in threads]
[each.join() for each in threads]
sys.exit(failed.is_set())
