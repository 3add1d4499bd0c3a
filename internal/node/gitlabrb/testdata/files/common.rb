# Shared by all nodes.
redis['tcp_keepalive'] = 120
local_of_common = 1
SHARED = 'constant'
from_file 'nested/deeper.rb'
