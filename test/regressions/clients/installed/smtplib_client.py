import os, smtplib, ssl, sys
e = {n[8:].lower(): v for n, v in os.environ.items() if n.startswith('WAXSEAL_')}
context = ssl.create_default_context(cafile=e['ca'])
s = smtplib.SMTP_SSL(e['host'], int(e['port']), timeout=5, context=context) if sys.argv[1] == 'implicit' else smtplib.SMTP(e['host'], int(e['port']), timeout=5)
s.ehlo()
if sys.argv[1] == 'auto' and s.has_extn('starttls'): s.starttls(context=context)
if sys.argv[1] == 'naked': s.starttls()
s.login(e['user'], e['password'])
s.sendmail(e['from'], [e['to']], open(e['message'], 'rb').read())
s.quit()
