redis['hz'] = 20
redis['home'] = __FILE__
redis['dir'] = File.join(__dir__, 'data')
