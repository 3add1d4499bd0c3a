package secrets

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"time"
)

// secret is one entry of the file, and how it is made.
type secret struct {
	section, key string
	make         func() (any, error)
}

// known are the secrets that nodes of a GitLab must have in common, in the forms that GitLab's package gives them. What belongs
// to one node only (certificates of PostgreSQL), and what GitLab itself hands out (OAuth applications), is not among them.
var known = []secret{
	{"gitlab_workhorse", "secret_token", base64Of(32)},
	{"gitlab_shell", "secret_token", hexOf(64)},
	{"gitlab_rails", "secret_key_base", hexOf(64)},
	{"gitlab_rails", "db_key_base", hexOf(64)},
	{"gitlab_rails", "otp_key_base", hexOf(64)},
	{"gitlab_rails", "encrypted_settings_key_base", hexOf(64)},
	{"gitlab_rails", "openid_connect_signing_key", signingKey},
	{"gitlab_rails", "active_record_encryption_primary_key", listOf(alphanumeric(32))},
	{"gitlab_rails", "active_record_encryption_deterministic_key", listOf(alphanumeric(32))},
	{"gitlab_rails", "active_record_encryption_key_derivation_salt", alphanumeric(32)},
	{"gitlab_pages", "api_secret_key", base64Of(32)},
	{"gitlab_pages", "auth_secret", hexOf(64)},
	{"gitlab_kas", "api_secret_key", base64Of(32)},
	{"gitlab_kas", "private_api_secret_key", base64Of(32)},
	{"gitlab_kas", "websocket_token_secret", base64Of(72)},
	{"registry", "http_secret", hexOf(64)},
	{"registry", "notification_secret", hexOf(32)},
	{"registry", internalKey, nil}, // these two belong together: see generateAll
	{"registry", internalCertificate, nil},
	{"mattermost", "email_invite_salt", hexOf(16)},
	{"mattermost", "file_public_link_salt", hexOf(16)},
	{"mattermost", "sql_at_rest_encrypt_key", hexOf(16)},
	{"mailroom", "incoming_email_auth_token", base64Of(32)},
	{"mailroom", "service_desk_email_auth_token", base64Of(32)},
}

const (
	internalKey         = "internal_key"
	internalCertificate = "internal_certificate"
	rsaBits             = 4096
	certificateYears    = 10
)

// generateAll makes the values of secrets, in the same order. The key pair of the registry is made together; a file that has
// one half of it is not completed, since the other half cannot be made up.
func generateAll(missing []secret, configured Configured) ([]any, error) {
	values, problems := make([]any, len(missing)), make([]error, len(missing))
	pair := sync.OnceValues(newRegistryPair)
	halves := 0
	var all sync.WaitGroup // RSA keys take seconds each
	for n, wanted := range missing {
		if value, ok := configured(wanted.section, wanted.key); ok {
			values[n] = value
			continue
		}
		generate := wanted.make
		if generate == nil {
			halves++
			generate = func() (any, error) {
				made, err := pair()
				return made[wanted.key], err
			}
		}
		all.Go(func() { values[n], problems[n] = generate() })
	}
	all.Wait()
	if halves == 1 {
		return nil, errors.New("of the registry's internal_key and internal_certificate there is only one, and they belong together: " +
			"add the other, or remove this one. Nothing was written")
	}
	return values, errors.Join(problems...)
}

func hexOf(bytes int) func() (any, error) {
	return func() (any, error) { return hex.EncodeToString(random(bytes)), nil }
}

func base64Of(bytes int) func() (any, error) {
	return func() (any, error) { return base64.StdEncoding.EncodeToString(random(bytes)), nil }
}

// alphanumeric makes a text of letters and digits.
func alphanumeric(length int) func() (any, error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	return func() (any, error) {
		var text strings.Builder
		for range length {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
			if err != nil {
				return nil, err
			}
			text.WriteByte(letters[n.Int64()])
		}
		return text.String(), nil
	}
}

func listOf(one func() (any, error)) func() (any, error) {
	return func() (any, error) {
		value, err := one()
		return []any{value}, err
	}
}

func random(length int) []byte {
	bytes := make([]byte, length)
	rand.Read(bytes) // never fails, by its documentation
	return bytes
}

func signingKey() (any, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	return keyText(key), nil
}

func keyText(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// newRegistryPair is the key that GitLab signs with, and the certificate by which the registry checks that.
func newRegistryPair() (map[string]string, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	issuer := pkix.Name{CommonName: "gitlab-issuer"}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(random(16)), Subject: issuer, Issuer: issuer, NotBefore: now, NotAfter: now.AddDate(certificateYears, 0, 0),
		SignatureAlgorithm: x509.SHA256WithRSA,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return map[string]string{
		internalKey:         keyText(key),
		internalCertificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})),
	}, nil
}
