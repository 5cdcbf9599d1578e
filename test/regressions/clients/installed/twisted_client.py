"""Twisted's IMAP, POP3 and SMTP clients: what is buffered when TLS starts is read when the next bytes arrive."""
import os
import sys
from io import BytesIO

from twisted.internet import protocol, reactor
from twisted.internet.defer import Deferred
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.mail import imap4, pop3, smtp

E = {name[8:].lower(): value for name, value in os.environ.items() if name.startswith('WAXSEAL_')}
USER, PASSWORD = E['user'].encode(), E['password'].encode()
CONTEXT = optionsForClientTLS(
    E['servername'], trustRoot=trustRootFromCertificates([Certificate.loadPEM(open(E['ca']).read())]))
code = 1


def stop(*_):
    if reactor.running:
        reactor.stop()


def done(_):
    global code
    code = 0
    stop()


def failed(failure):
    print(failure.getErrorMessage())
    stop()


class Imap(imap4.IMAP4Client):
    def serverGreeting(self, _):
        self.registerAuthenticator(imap4.PLAINAuthenticator(USER))
        logs_in = (lambda _: self.authenticate(PASSWORD)) if 'authenticate' in sys.argv else (lambda _: self.login(USER, PASSWORD))
        self.startTLS(CONTEXT).addCallback(logs_in).addCallback(lambda _: self.select('INBOX')).addCallback(
            lambda _: self.logout()).addCallbacks(done, failed)

    def connectionLost(self, reason):
        imap4.IMAP4Client.connectionLost(self, reason)
        stop()


class Pop3(pop3.AdvancedPOP3Client):
    def serverGreeting(self, _):
        self.startTLS(CONTEXT).addCallback(lambda _: self.login(USER, PASSWORD)).addCallback(
            lambda _: self.stat()).addCallback(lambda _: self.quit()).addCallbacks(done, failed)

    def connectionLost(self, reason):
        pop3.AdvancedPOP3Client.connectionLost(self, reason)
        stop()


if sys.argv[1] == 'smtp':
    sent = Deferred()
    sent.addCallbacks(done, failed)
    smtp.ESMTPClient._getContextFactory = lambda self: CONTEXT
    factory = smtp.ESMTPSenderFactory(
        USER, PASSWORD, E['from'], E['to'], BytesIO(open(E['message'], 'rb').read()), sent, retries=0,
        requireAuthentication=True, requireTransportSecurity=True, hostname=E['servername'])
else:
    factory = protocol.ClientFactory()
    factory.protocol = {'imap': lambda: Imap(CONTEXT), 'pop3': Pop3}[sys.argv[1]]
reactor.connectTCP(E['ip'], int(E['port']), factory, timeout=5)
reactor.callLater(10, stop)
reactor.run()
sys.exit(code)
