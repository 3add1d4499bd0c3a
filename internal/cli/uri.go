package cli

import (
	"math"
	"net/url"
	"strconv"
	"strings"
)

// parseURI takes address, credentials and database from one of
//
//	redis://[[user]:password@][host[:port]][/db]     rediss:// for TLS
//	unix://[[user]:password@]/path[?db=N]
//
// with percent-encoded user and password. A user part without colon is the password.
func (o *options) parseURI(uri string) error {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return &usageError{"Invalid URI scheme"}
	}
	userInfo, address, hasUser := cutLast(rest, "@")
	if !hasUser {
		userInfo, address = "", rest
	}
	if err := o.parseUserInfo(userInfo); err != nil {
		return err
	}
	switch strings.ToLower(scheme) {
	case "redis":
	case "rediss":
		o.tls.enabled = true
	case "unix":
		path, query, _ := strings.Cut(address, "?")
		o.socket = path
		if db, found := strings.CutPrefix(query, "db="); found {
			o.db = atoi(db)
		}
		return nil
	default:
		return &usageError{"Invalid URI scheme"}
	}
	o.socket = ""
	address, db, _ := strings.Cut(address, "/")
	if db != "" {
		o.db = atoi(db)
	}
	host, port, hasPort := cutLast(address, ":")
	if !hasPort || strings.HasSuffix(address, "]") {
		host, port, hasPort = address, "", false
	}
	if host != "" {
		o.host = strings.Trim(host, "[]")
	}
	if hasPort {
		number, err := strconv.Atoi(port)
		if err != nil || number < 0 || number > math.MaxUint16 {
			return &usageError{"Invalid server port."}
		}
		o.port = number
	}
	return nil
}

func (o *options) parseUserInfo(userInfo string) error {
	if userInfo == "" {
		return nil
	}
	user, password, hasUser := strings.Cut(userInfo, ":")
	if !hasUser {
		user, password = "", userInfo
	}
	var err error
	if o.password, err = url.PathUnescape(password); err == nil {
		user, err = url.PathUnescape(user)
	}
	if err != nil {
		return &usageError{"Illegal character in URI encoding"}
	}
	if user != "" {
		o.user = user
	}
	o.warnPassword = true
	return nil
}

// cutLast is strings.Cut around the last occurrence of sep.
func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}
