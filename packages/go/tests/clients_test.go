// Package tests runs real mail libraries: net/smtp and go-imap.
package tests

import (
	"net"
	"net/smtp"
	"time"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/client"

	"waxseal"
)

var few = waxseal.Scenarios("starttls-not-offered", "certificate-fault/expired")

// send gives a client that sends a mail; a careless one uses TLS where it is offered.
func send(careful bool) func(waxseal.Server) error {
	return func(s waxseal.Server) error {
		conn, err := net.DialTimeout("tcp", s.Address(), 5*time.Second)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		c, err := smtp.NewClient(conn, s.Host)
		if err != nil {
			return err
		}
		if ok, _ := c.Extension("STARTTLS"); ok || careful {
			if err := c.StartTLS(s.TLSConfig()); err != nil {
				return err
			}
		}
		if err := c.Auth(smtp.CRAMMD5Auth(s.User, s.Password)); err != nil {
			return err
		}
		if err := c.Mail(s.From); err != nil {
			return err
		}
		if err := c.Rcpt(s.To); err != nil {
			return err
		}
		w, err := c.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(s.Message)); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		return c.Quit()
	}
}

// read gives a client that reads a mail.
func read(careful bool) func(waxseal.Server) error {
	return func(s waxseal.Server) error {
		dialer := &net.Dialer{Timeout: 5 * time.Second}
		var c *client.Client
		var err error
		if s.TLS == waxseal.Implicit {
			c, err = client.DialWithDialerTLS(dialer, s.Address(), s.TLSConfig())
		} else {
			c, err = client.DialWithDialer(dialer, s.Address())
		}
		if err != nil {
			return err
		}
		defer c.Terminate()
		c.Timeout = 5 * time.Second
		if s.TLS == waxseal.StartTLS {
			ok, err := c.SupportStartTLS()
			if err != nil {
				return err
			}
			if ok || careful {
				if err := c.StartTLS(s.TLSConfig()); err != nil {
					return err
				}
			}
		}
		if err := c.Login(s.User, s.Password); err != nil {
			return err
		}
		if _, err := c.Select("INBOX", true); err != nil {
			return err
		}
		set := new(imap.SeqSet)
		set.AddNum(1)
		messages := make(chan *imap.Message, 1)
		if err := c.Fetch(set, []imap.FetchItem{imap.FetchRFC822}, messages); err != nil {
			return err
		}
		return c.Logout()
	}
}
