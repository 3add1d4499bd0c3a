package config

// tlsParameters are about TLS. Naming the same file again loads it again.
func tlsParameters() []Parameter {
	return []Parameter{
		number("tls-port", 0, 65535, 0, 0),
		optionalWord("tls-cert-file", nil, reapply),
		optionalWord("tls-key-file", nil, reapply),
		optionalWord("tls-key-file-pass", nil, Sensitive),
		optionalWord("tls-client-cert-file", nil, reapply),
		optionalWord("tls-client-key-file", nil, reapply),
		optionalWord("tls-client-key-file-pass", nil, Sensitive),
		optionalWord("tls-dh-params-file", nil, reapply),
		optionalWord("tls-ca-cert-file", nil, reapply),
		optionalWord("tls-ca-cert-dir", nil, reapply),
		choice("tls-auth-clients", 0, "yes", "no", "yes", "optional"),
		yesNo("tls-replication", false, 0),
		yesNo("tls-cluster", false, 0),
		optionalWord("tls-protocols", nil, 0),
		optionalWord("tls-ciphers", nil, 0),
		optionalWord("tls-ciphersuites", nil, 0),
		yesNo("tls-prefer-server-ciphers", false, 0),
		yesNo("tls-session-caching", true, 0),
		number("tls-session-cache-size", 0, maxInt, 20*1024, 0),
		number("tls-session-cache-timeout", 0, maxInt, 300, 0),
	}
}
