import os, sys
from django.conf import settings
e = {n[8:].lower(): v for n, v in os.environ.items() if n.startswith('WAXSEAL_')}
how = {'starttls': {'EMAIL_USE_TLS': True}, 'never': {}, 'implicit': {'EMAIL_USE_SSL': True}}[sys.argv[1]]
settings.configure(EMAIL_HOST=e['host'], EMAIL_PORT=int(e['port']), EMAIL_HOST_USER=e['user'], EMAIL_HOST_PASSWORD=e['password'], EMAIL_TIMEOUT=5, **how)
from django.core.mail import send_mail
send_mail('Test', 'This is the test mail of the settings page.', e['from'], [e['to']])
