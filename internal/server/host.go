package server

import (
	"errors"

	"redoubt/internal/engine"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// RedisVersion implements engine.Host.
func (s *Server) RedisVersion() string { return Version }

// Log implements engine.Host.
func (s *Server) Log(format string, args ...any) { s.log.Logf(logging.Notice, format, args...) }

// Authenticate implements engine.Host.
func (s *Server) Authenticate(user string, password []byte) bool {
	u := s.users.set.Get(user)
	return u != nil && u.Authenticate(password)
}

// ConfigGet implements engine.Host.
func (s *Server) ConfigGet(patterns []string, emit func(name, value string)) {
	for _, setting := range s.conf().Get(patterns...) {
		emit(setting.Name, setting.Value)
	}
}

// ConfigSet implements engine.Host.
func (s *Server) ConfigSet(pairs []string, by *engine.Client) error {
	err := s.config.Set(pairs, config.Requester{
		Local: by.Internal || by.Unix || isLoopback(by.Addr), Loading: s.engine.Loading(),
	})
	if errors.Is(err, config.ErrLoading) {
		return errors.New("LOADING Redis is loading the dataset in memory")
	}
	var set *config.SetError
	if errors.As(err, &set) && set.Rollback != nil {
		s.log.Logf(logging.Warning, "Putting the former configuration into effect again failed: %v", set.Rollback)
	}
	if err != nil {
		return errors.New("ERR " + err.Error())
	}
	return nil
}

// ConfigRewrite implements engine.Host.
func (s *Server) ConfigRewrite(everything bool) error { return s.config.Rewrite(everything) }

// ConfigSecret implements engine.Host.
func (s *Server) ConfigSecret(name string) bool { return s.config.Secret(name) }

// ConfigResetStat implements engine.Host.
func (s *Server) ConfigResetStat() { s.rates = rates{} }
