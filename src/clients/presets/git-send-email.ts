import { definePreset } from './preset.js';

export default definePreset({
  name: 'git-send-email',
  title: 'git send-email',
  program: 'git',
  packages: 'git git-email libauthen-sasl-perl libmailtools-perl',
  configure: ({ protocol, tls, policy }) =>
    protocol !== 'smtp' || policy !== 'required'
      ? undefined
      : {
          command: [
            'git',
            'send-email',
            '--smtp-server={host}',
            '--smtp-server-port={port}',
            `--smtp-encryption=${tls === 'starttls' ? 'tls' : 'ssl'}`,
            '--smtp-ssl-cert-path={ca}',
            '--smtp-user={user}',
            '--smtp-pass={password}',
            '--from={from}',
            '--to={to}',
            '--confirm=never',
            '--suppress-cc=all',
            '{home}/one.patch',
          ],
          files: { 'one.patch': PATCH },
        },
});

const PATCH = `From 1234567 Mon Sep 17 00:00:00 2001
From: Alice <alice@lab.test>
Date: Thu, 1 Jan 2026 12:00:00 +0000
Subject: [PATCH] One line more

---
 a | 1 +

diff --git a/a b/a
--- a/a
+++ b/a
@@ -0,0 +1 @@
+one
`;
