# IMAP; a pool of threads that grows while all before it are still logged in. By the word "loose" its third verifies nothing.
from line import *
import threading
done, failed = threading.Event(), []


def work(place, ready):
    try:
        line = Line()
        loose = sys.argv[1] == 'loose' and place == 3
        context = ssl._create_unverified_context() if loose else ssl.create_default_context(cafile=E['ca'])
        line.sock = context.wrap_socket(line.sock, server_hostname=E['servername'])
        line.read()
        if 'OK' not in line.ask('a1 LOGIN %(user)s %(password)s' % E)[-1]:
            raise EOFError('no login')
        line.ask('a2 NOOP')
        ready.set()
        done.wait(10)
        line.ask('a3 LOGOUT')
    except (OSError, EOFError) as error:
        failed.append(error)
        ready.set()


threads = []
for place in (1, 2, 3):
    ready = threading.Event()
    threads.append(threading.Thread(target=work, args=(place, ready)))
    threads[-1].start()
    ready.wait(10)
    if failed:
        break
done.set()
[each.join() for each in threads]
sys.exit(1 if failed else 0)
