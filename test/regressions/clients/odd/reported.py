# Clients in the shapes of bug reports of mail software; the first word says which, the second whether it is careful.
from line import *
import hashlib, hmac, re, smtplib, ssl

kind, how = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else 'careful')
LOOSE = how == 'loose'


def go_on(because):
    """Where TLS cannot be had: a careful client gives up."""
    if not LOOSE:
        sys.exit(because)


def up(c, identify='EHLO lab.test', starttls='STARTTLS', go='220', offer='STARTTLS', again=True):
    """Greeting, list, STARTTLS if it is listed, and the list once more."""
    listed = c.ask(identify) if identify else []
    if not any(offer in line.upper() for line in listed):
        go_on('TLS is not listed')
        return listed
    if not c.ask(starttls)[-1].startswith(go):
        go_on('TLS is refused')
        return listed
    c.tls()
    return c.ask(identify) if again else listed


def smtp_bdat():
    """BDAT in one segment with its envelope; without TLS too where it is loose."""
    c = Line(); c.reply()
    up(c)
    if not LOOSE:
        assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    body = open(E['message'], 'rb').read()
    c.sock.sendall(('MAIL FROM:<%(from)s>\r\nRCPT TO:<%(to)s>\r\n' % E).encode() + b'BDAT %d LAST\r\n' % len(body) + body)
    for _ in range(3): c.reply()
    c.ask('QUIT')


def smtp_ladder():
    """STARTTLS, then implicit TLS, then clear on the same port, each on a new connection."""
    def starttls():
        s = smtplib.SMTP(E['host'], int(E['port']), timeout=4)
        s.starttls(context=ssl.create_default_context(cafile=E['ca'])); return s
    def implicit():
        return smtplib.SMTP_SSL(E['host'], int(E['port']), timeout=4, context=ssl.create_default_context(cafile=E['ca']))
    def clear():
        return smtplib.SMTP(E['host'], int(E['port']), timeout=4)
    for attempt in (starttls, implicit) + ((clear,) if LOOSE else ()):
        try:
            s = attempt()
        except Exception:
            continue
        s.login(E['user'], E['password'])
        s.sendmail(E['from'], [E['to']], open(E['message']).read())
        s.quit()
        return
    sys.exit('none')


def smtp_unverified_on_resume():
    """A first connection with TLS verification; a second one resumes or, loose, does not verify."""
    strict = ssl.create_default_context(cafile=E['ca'])
    lax = ssl._create_unverified_context() if LOOSE else strict
    for context in (strict, lax):
        try:
            s = smtplib.SMTP(E['host'], int(E['port']), timeout=5)
            s.starttls(context=context)
            s.login(E['user'], E['password'])
            s.sendmail(E['from'], [E['to']], open(E['message']).read())
            s.quit()
        except Exception:
            if context is lax: raise


def smtp_second_try_helo():
    """EHLO, STARTTLS; whatever fails: the same again with HELO on a new connection, without a login."""
    try:
        c = Line(); c.reply()
        assert any('STARTTLS' in l for l in c.ask('EHLO lab.test'))
        assert c.ask('STARTTLS')[-1].startswith('220')
        c.tls(); c.ask('EHLO lab.test')
        assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    except Exception:
        go_on('no TLS')
        c = Line(); c.reply(); c.ask('HELO lab.test')
    mail(c); c.ask('QUIT')


def scram(mech, send):
    """SCRAM-SHA-256 or SCRAM-SHA-1 over `send`, which gives the server's next data."""
    algo = 'sha256' if '256' in mech else 'sha1'
    nonce = b64('rOprNGfwEbeRWgbNEkqO')
    bare = 'n=%s,r=%s' % (E['user'], nonce)
    first = base64.b64decode(send(b64('n,,' + bare))).decode()
    parts = dict(p.split('=', 1) for p in first.split(','))
    salted = hashlib.pbkdf2_hmac(algo, E['password'].encode(), base64.b64decode(parts['s']), int(parts['i']))
    ck = hmac.new(salted, b'Client Key', algo).digest()
    final = 'c=biws,r=' + parts['r']
    sig = hmac.new(hashlib.new(algo, ck).digest(), ','.join((bare, first, final)).encode(), algo).digest()
    return send(b64(final + ',p=' + base64.b64encode(bytes(a ^ b for a, b in zip(ck, sig))).decode()))


def smtp_mech(mech):
    """One mechanism and no other."""
    c = Line(); c.reply()
    if mech not in ' '.join(up(c)).upper(): sys.exit('no ' + mech)
    if mech.startswith('SCRAM'):
        assert c.ask('AUTH ' + mech)[-1].startswith('334')
        scram(mech, lambda t: c.ask(t)[-1][4:])
        c.ask('')
    elif mech == 'OAUTHBEARER':
        assert c.ask('AUTH OAUTHBEARER ' + b64('n,a=%(user)s,\x01host=%(host)s\x01port=%(port)s\x01auth=Bearer %(token)s\x01\x01' % E))[-1].startswith('235')
    mail(c); c.ask('QUIT')


def imap(c, text, tag=[0]):
    tag[0] += 1
    t = 'x%d' % tag[0]
    c.send(t + ' ' + text)
    lines = []
    while True:
        lines.append(c.read())
        if lines[-1].startswith(t + ' ') or lines[-1].startswith('+'): return lines


def imap_up(c, again=True):
    c.read(); listed = imap(c, 'CAPABILITY')
    if not any('STARTTLS' in l.upper() for l in listed):
        go_on('not listed'); return listed
    if ' OK' not in imap(c, 'STARTTLS')[-1]:
        go_on('refused'); return listed
    c.tls()
    return imap(c, 'CAPABILITY') if again else listed


def imap_literal_plus():
    """LOGIN with two non-synchronising literals in one segment, then APPEND with one."""
    c = Line(); imap_up(c)
    c.sock.sendall(('p1 LOGIN {%d+}\r\n%s {%d+}\r\n%s\r\n' % (len(E['user']), E['user'], len(E['password']), E['password'])).encode())
    while not c.read().startswith('p1 OK'): pass
    body = open(E['message'], newline='').read()
    c.sock.sendall(('p2 APPEND Sent (\\Seen) {%d+}\r\n%s\r\n' % (len(body), body)).encode())
    while not c.read().startswith('p2 '): pass
    imap(c, 'LOGOUT')


def pop3_apop_if_offered():
    """STLS and USER/PASS; loose: APOP at once where the greeting has a timestamp."""
    c = Line(); stamp = re.search(r'<[^>]+>', c.reply()[0])
    if stamp and LOOSE:
        digest = hashlib.md5((stamp.group() + E['password']).encode()).hexdigest()
        assert c.ask('APOP %s %s' % (E['user'], digest))[-1].startswith('+OK')
    else:
        if not c.ask('STLS')[-1].startswith('+OK'): sys.exit('TLS is refused')
        c.tls()
        assert c.ask('USER ' + E['user'])[-1].startswith('+OK')
        assert c.ask('PASS ' + E['password'])[-1].startswith('+OK')
    c.ask('QUIT')


if kind.startswith('smtp_mech:'):
    smtp_mech(kind.split(':')[1])
else:
    globals()[kind]()
