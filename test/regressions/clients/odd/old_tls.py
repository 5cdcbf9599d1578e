# SMTP with STARTTLS, or POP3 inside TLS; its TLS library is too old for TLS 1.2. `loose`: STARTTLS only if it is offered.
import warnings
from line import *

warnings.simplefilter('ignore')
KIND, NEWEST = sys.argv[1], {'1.0': ssl.TLSVersion.TLSv1, '1.1': ssl.TLSVersion.TLSv1_1}[sys.argv[2]]


class Old(Line):
    def tls(self):
        self.buffer = b''
        context = ssl.create_default_context(cafile=E['ca'])
        context.set_ciphers('DEFAULT:@SECLEVEL=0')
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = NEWEST
        self.sock = context.wrap_socket(self.sock, server_hostname=E['servername'])


c = Old()
if E['url'].startswith('pop3'):
    c.tls()
    c.reply()
    if not c.ask('USER ' + E['user'])[-1].startswith('+OK'):
        sys.exit('no login')
    c.ask('PASS ' + E['password'])
    c.ask('QUIT')
    sys.exit()
c.reply()
offers = ' '.join(c.ask('EHLO old.example.org'))
if 'STARTTLS' in offers and c.ask('STARTTLS')[-1].startswith('220'):
    c.tls()
    c.ask('EHLO old.example.org')
elif KIND != 'loose':
    sys.exit('no TLS')
if c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235'):
    mail(c)
c.ask('QUIT')
