package gitlabrb

// Env is everything outside the file that an evaluation may look at. A nil
// function means "not available": a file that needs it gets an error naming
// the place, not a guess.
type Env struct {
	Getenv     func(name string) (value string, ok bool)
	ReadFile   func(path string) ([]byte, error)
	FileExists func(path string) bool
	Hostname   func() (string, error) // node['hostname']: first label of the name
	FQDN       func() (string, error) // node['fqdn']
	IPAddress  func() (string, error) // node['ipaddress']: address of the default route
	Limits     Limits                 // zero fields take DefaultLimits
}

// Limits bound what one evaluation may cost. They are checked before memory
// is taken. Exceeding one is an *Error at the place that did it.
type Limits struct {
	SourceBytes int // size of any one file of Ruby: gitlab.rb, from_file
	StringBytes int // size of any one string, also of what File.read returns
	TotalBytes  int // sum over all strings and containers ever made
	Nesting     int // depth of expressions, and of nested values
	FromFile    int // depth of from_file
	Includes    int // number of files read by from_file in total
}

// DefaultLimits are far above any real gitlab.rb (the template of all settings
// has 150 KB).
func DefaultLimits() Limits {
	return Limits{
		SourceBytes: 1 << 20,
		StringBytes: 4 << 20,
		TotalBytes:  64 << 20,
		Nesting:     150,
		FromFile:    8,
		Includes:    200,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct {
		have *int
		def  int
	}{
		{&l.SourceBytes, d.SourceBytes}, {&l.StringBytes, d.StringBytes}, {&l.TotalBytes, d.TotalBytes},
		{&l.Nesting, d.Nesting}, {&l.FromFile, d.FromFile}, {&l.Includes, d.Includes},
	} {
		if *f.have <= 0 {
			*f.have = f.def
		}
	}
	return l
}
