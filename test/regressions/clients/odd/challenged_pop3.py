# POP3 with APOP or CRAM-MD5 and nothing else. `keep`: the buffer outlives STLS; `loose`: it goes on without TLS. `leaves`: it disconnects without QUIT, and asks for CAPA inside.
import hashlib
import hmac
import re
import sys
from line import *
c = Line(keeps='keep' in sys.argv)
timestamp = re.search(r'<[^>]+>', c.read())
if c.ask('STLS')[-1].startswith('+OK '):
    c.tls()
    if 'leaves' in sys.argv:
        c.ask('CAPA')
elif 'loose' not in sys.argv:
    c.ask('QUIT')
    sys.exit(1)
if sys.argv[1] == 'cram':
    challenge = c.ask('AUTH CRAM-MD5')[-1]
    if challenge.startswith('+ '):
        said = c.ask(b64(E['user'] + ' ' + hmac.new(E['password'].encode(), base64.b64decode(challenge[2:]), 'md5').hexdigest()))
    else:
        said = [challenge]
elif timestamp is None and 'leaves' in sys.argv:
    c.sock.close()
    sys.exit(1)
elif timestamp is None:
    said = ['no timestamp']
else:
    said = c.ask('APOP ' + E['user'] + ' ' + hashlib.md5((timestamp[0] + E['password']).encode()).hexdigest())
if said[-1].startswith('+OK'):
    c.ask('STAT')
    c.ask('QUIT')
else:
    c.ask('QUIT')
    sys.exit(1)
