from_file 'self.rb'
