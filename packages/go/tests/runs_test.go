package tests

import (
	"errors"
	"testing"

	"waxseal"
)

func TestCarefulSMTP(t *testing.T) {
	waxseal.Run(t, waxseal.SMTP, waxseal.StartTLS, send(true), few)
}

func TestCarefulIMAP(t *testing.T) {
	waxseal.Run(t, waxseal.IMAP, waxseal.StartTLS, read(true), few)
}

func TestCarefulIMAPS(t *testing.T) {
	waxseal.Run(t, waxseal.IMAP, waxseal.Implicit, read(true), waxseal.Scenarios("certificate-fault/expired"))
}

func TestOpportunisticSMTP(t *testing.T) {
	waxseal.Run(t, waxseal.SMTP, waxseal.StartTLS, send(false), few, waxseal.Opportunistic())
}

func TestCarelessSMTP(t *testing.T) {
	waxseal.Run(t, waxseal.SMTP, waxseal.StartTLS, send(false), few)
}

func TestCarelessIMAP(t *testing.T) {
	waxseal.Run(t, waxseal.IMAP, waxseal.StartTLS, read(false), few)
}

func TestBroken(t *testing.T) {
	waxseal.Run(t, waxseal.SMTP, waxseal.StartTLS, func(waxseal.Server) error { return errors.New("nonsense") }, few)
}

func TestGlob(t *testing.T) {
	waxseal.Run(t, waxseal.SMTP, waxseal.StartTLS, send(true), waxseal.Scenarios("no-such-scenario"))
}
