"""Calls python3-redis against one server and prints what came back, a line a step: "step: result".

Usage: commands.py PORT TLS-PORT SOCKET; the directory with certificates is in $TLS.
"""
import os
import sys
import threading
import time

import redis

port, tls_port, socket = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
certificates = os.environ["TLS"]
r = redis.Redis(port=port, decode_responses=True)


def step(name, f):
    """Runs one step; what it returns, or the error it raises, is its result."""
    try:
        result = f()
    except Exception as error:  # the error is the result
        result = f"{type(error).__name__}: {error}"
    if isinstance(result, set):
        result = sorted(result)
    print(f"{name}: {result!r}", flush=True)


def steps(prefix, calls):
    for name, f in calls.items():
        step(f"{prefix} {name}", f)


steps("string", {
    "set": lambda: r.set("s", "v", ex=100),
    "set nx": lambda: r.set("s", "w", nx=True),
    "set xx get": lambda: r.set("s", "w", xx=True, get=True, keepttl=True),
    "ttl": lambda: 90 < r.ttl("s") <= 100,
    "getex": lambda: (r.getex("s", persist=True), r.ttl("s")),
    "getdel": lambda: (r.getdel("s"), r.exists("s")),
    "incr": lambda: (r.incr("n"), r.incrby("n", 5), r.decr("n", 2), r.incrbyfloat("n", 0.5)),
    "incr error": lambda: r.incr("n"),
    "append": lambda: (r.append("a", "hello"), r.setrange("a", 5, "!"), r.getrange("a", 1, 3), r.strlen("a")),
    "mset": lambda: (r.mset({"k1": 1, "k2": "b"}), r.mget("k1", "k2", "none"), r.msetnx({"k1": 2, "k3": 3})),
    "bits": lambda: (r.setbit("b", 7, 1), r.getbit("b", 7), r.bitcount("b"), r.bitpos("b", 1),
                     r.bitop("NOT", "b2", "b"), r.get("b2") is not None),
    "bitfield": lambda: r.bitfield("bf").set("u8", 0, 255).incrby("u8", 0, 10).get("u4", "#1").execute(),
    "bitfield overflow": lambda: r.bitfield("bf", "FAIL").incrby("u2", 100, 3).incrby("u2", 100, 3).execute(),
    "lcs": lambda: (r.mset({"l1": "ohmytext", "l2": "mynewtext"}), r.execute_command("LCS", "l1", "l2", "LEN")),
})
steps("key", {
    "type": lambda: [r.type(k) for k in ("s", "n", "bf")],
    "expire": lambda: (r.expire("n", 100, nx=True), r.expire("n", 50, gt=True), r.expire("n", 200, gt=True), r.expiretime("n") > 0),
    "pexpireat": lambda: (r.pexpireat("n", 9999999999999), r.execute_command("PEXPIRETIME", "n"), r.persist("n")),
    "rename": lambda: (r.rename("n", "m"), r.renamenx("m", "k1"), r.rename("none", "x")),
    "copy": lambda: (r.copy("m", "m2"), r.copy("m", "m2", replace=True), r.copy("m", "m2")),
    "dump": lambda: (redis.Redis(port=port).restore("m3", 0, redis.Redis(port=port).dump("m")), r.get("m3")),
    "restore error": lambda: r.restore("m4", 0, "nonsense"),
    "object": lambda: (r.object("encoding", "m"), r.object("refcount", "m"), r.object("idletime", "m")),
    "touch": lambda: (r.touch("m", "none"), r.unlink("m2", "m3"), r.delete("none")),
    "scan": lambda: sorted(r.scan_iter(match="k*", count=2)),
    "sort": lambda: (r.rpush("so", 3, 1, 2), r.sort("so", desc=True), r.sort("so", alpha=True, store="so2"), r.lrange("so2", 0, -1)),
    "sort by": lambda: (r.mset({"w1": 3, "w2": 2, "w3": 1}), r.sort("so", by="w*", get=["#", "w*"], groups=True)),
})
steps("list", {
    "push": lambda: (r.rpush("l", *"abcdef"), r.lpush("l", "z"), r.rpushx("none", 1), r.llen("l")),
    "range": lambda: (r.lrange("l", 0, -1), r.lindex("l", -1), r.lpos("l", "c", rank=1)),
    "change": lambda: (r.lset("l", 0, "y"), r.linsert("l", "before", "b", "x"), r.lrem("l", 0, "c"), r.ltrim("l", 0, 4)),
    "pop": lambda: (r.lpop("l"), r.rpop("l", 2), r.lmove("l", "l9", "LEFT", "RIGHT"), r.rpoplpush("l", "l9"), r.lmpop(2, "l", "l9", direction="RIGHT")),
    "blocking": lambda: (r.blpop("l9", 1), r.brpop("none", 0.1), r.blmove("none", "l", 0.1), r.blmpop(0.1, 1, "none", direction="LEFT")),
    "set error": lambda: r.lset("none", 0, 1),
    "wrong type": lambda: r.lpush("k1", 1),
})
steps("hash", {
    "set": lambda: (r.hset("h", mapping={"a": 1, "b": "two"}), r.hset("h", "c", 3), r.hsetnx("h", "c", 4), r.hmget("h", "a", "x")),
    "get": lambda: (r.hget("h", "b"), r.hgetall("h"), sorted(r.hkeys("h")), sorted(r.hvals("h")), r.hlen("h"), r.hstrlen("h", "b")),
    "incr": lambda: (r.hincrby("h", "a", 10), r.hincrbyfloat("h", "a", 0.25), r.hexists("h", "a"), r.hdel("h", "a", "none")),
    "random": lambda: (sorted(r.hrandfield("h", 10)), len(r.hrandfield("h", -5)), sorted(dict(r.hscan_iter("h")).items())),
})
steps("set", {
    "add": lambda: (r.sadd("t", *range(10)), r.sadd("t2", 5, 6, 77, "x"), r.scard("t"), r.sismember("t", 3), r.smismember("t", ["1", "x"])),
    "algebra": lambda: (sorted(r.sinter("t", "t2")), sorted(r.sdiff("t2", "t")), len(r.sunion("t", "t2")), r.sintercard(2, ["t", "t2"], limit=1)),
    "store": lambda: (r.sinterstore("t3", "t", "t2"), r.sdiffstore("t3", "t", "t2"), r.sunionstore("t3", "t", "t2")),
    "move": lambda: (r.smove("t", "t2", 1), r.srem("t", 2, 100), len(r.spop("t", 3)), len(r.srandmember("t", -20))),
    "scan": lambda: sorted(r.sscan_iter("t2")),
})
steps("sorted set", {
    "add": lambda: (r.zadd("z", {"a": 1, "b": 2.5, "c": "-inf", "d": 4}), r.zadd("z", {"a": 5}, gt=True, ch=True), r.zadd("z", {"a": 1}, incr=True)),
    "range": lambda: (r.zrange("z", 0, -1, withscores=True), r.zrange("z", "(1", "+inf", byscore=True, offset=0, num=2), r.zrevrange("z", 0, 1)),
    "lex": lambda: (r.zadd("zl", {c: 0 for c in "abcdef"}), r.zrangebylex("zl", "[b", "(e"), r.zlexcount("zl", "-", "+"), r.zremrangebylex("zl", "[a", "[b")),
    "score": lambda: (r.zscore("z", "b"), r.zmscore("z", ["b", "none"]), r.zrank("z", "b"), r.zrevrank("z", "b"), r.zcount("z", 0, 5)),
    "algebra": lambda: (r.zunion({"z": 2, "zl": 1}, withscores=True), r.zinterstore("zi", ["z", "zl"], "MAX"), r.zdiff(["z", "zl"]), r.zintercard(2, ["z", "zl"])),
    "pop": lambda: (r.zpopmin("z"), r.zpopmax("z", 2), r.bzpopmin("z", 1), r.bzpopmax("none", 0.1), r.zmpop(1, ["zl"], max=True)),
    "store range": lambda: (r.zrangestore("zs", "zl", 0, 1), r.zincrby("zs", 2.5, "c"), sorted(r.zscan_iter("zs"))),
    "nan": lambda: (r.zadd("zn", {"a": "inf"}), r.zincrby("zn", "-inf", "a")),
})
steps("geo", {
    "add": lambda: r.geoadd("g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")),
    "dist": lambda: (r.geodist("g", "Palermo", "Catania", "km"), r.geohash("g", "Palermo"), r.geopos("g", "Catania", "none")),
    "search": lambda: r.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC", withdist=True, withhash=True, withcoord=True),
    "store": lambda: (r.geosearchstore("g2", "g", member="Palermo", width=400, height=400, unit="km", storedist=True), r.zrange("g2", 0, -1)),
})
steps("hyperloglog", {
    "add": lambda: (r.pfadd("p", *range(1000)), r.pfadd("p2", "x"), r.pfmerge("p3", "p", "p2"), r.pfcount("p", "p2"), r.pfcount("p3")),
})
steps("stream", {
    "add": lambda: (r.xadd("x", {"f": "1"}, id="1-1"), r.xadd("x", {"f": "2"}, id="2-*"), r.xadd("x", {"f": "3"}, id="3-0", maxlen=10), r.xlen("x")),
    "range": lambda: (r.xrange("x", "-", "+", count=2), r.xrevrange("x"), r.xread({"x": "1-1"}, count=1), r.xread({"x": "$"}, block=10)),
    "group": lambda: (r.xgroup_create("x", "g", "0"), r.xgroup_createconsumer("x", "g", "c2"), r.xreadgroup("g", "c", {"x": ">"}, count=2), r.xack("x", "g", "1-1")),
    "pending": lambda: (r.xpending("x", "g"), [p["message_id"] for p in r.xpending_range("x", "g", "-", "+", 10)], r.xclaim("x", "g", "c2", 0, ["2-0"], justid=True), r.xautoclaim("x", "g", "c", 0, justid=True)),
    "info": lambda: (r.xinfo_stream("x")["length"], [g["pending"] for g in r.xinfo_groups("x")], sorted(c["name"] for c in r.xinfo_consumers("x", "g"))),
    "trim": lambda: (r.xdel("x", "1-1"), r.xtrim("x", maxlen=1, approximate=False), r.xgroup_setid("x", "g", "$"), r.xgroup_delconsumer("x", "g", "c"), r.xgroup_destroy("x", "g")),
    "group error": lambda: r.xreadgroup("none", "c", {"x": ">"}),
})


def transaction():
    with r.pipeline() as p:
        p.watch("tx")
        p.multi()
        p.set("tx", 1).incr("tx").lpush("tx", 1).get("tx")
        return p.execute(raise_on_error=False)


def conflict():
    with r.pipeline() as p:
        p.watch("tx")
        r.set("tx", "other")
        p.multi()
        p.set("tx", 2)
        return p.execute()


def many():
    with r.pipeline(transaction=False) as p:
        for _ in range(5000):
            p.incr("pc")
        return sum(p.execute())


steps("pipeline", {
    "plain": lambda: r.pipeline(transaction=False).set("p1", 1).incr("p1").get("none").execute(),
    "transaction": transaction,
    "conflict": conflict,
    "many": many,
    "big values": lambda: (r.set("big", "x" * 3_000_000), len(r.get("big"))),
})


def messages():
    p = r.pubsub(ignore_subscribe_messages=False)
    p.subscribe("ch")
    p.psubscribe("c*")
    got = [p.get_message(timeout=2) for _ in range(2)]
    counts = (r.publish("ch", "hello"), r.pubsub_numsub("ch"), r.pubsub_numpat(), r.pubsub_channels("c*"))
    got += [p.get_message(timeout=2) for _ in range(2)]
    p.unsubscribe()
    p.punsubscribe()
    got += [p.get_message(timeout=2) for _ in range(2)]
    p.close()
    return counts, [(m["type"], m["channel"], m["data"]) for m in got]


def lock():
    first, second = r.lock("lock", timeout=5), r.lock("lock", timeout=5, blocking_timeout=0.2)
    result = [first.acquire(), second.acquire(), first.extend(5), first.owned()]
    first.release()
    result += [second.acquire(), second.reacquire()]
    second.release()
    return result


def wait_for_push():
    result = []
    t = threading.Thread(target=lambda: result.append(redis.Redis(port=port, decode_responses=True).blpop(["q1", "q2"], 5)))
    t.start()
    while r.info("clients")["blocked_clients"] == 0:
        time.sleep(0.01)
    r.rpush("q2", "job")
    t.join()
    return result


script = r.register_script("local v = redis.call('GET', KEYS[1]) if v == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end")
steps("together", {
    "messages": messages,
    "lock": lock,
    "wait": wait_for_push,
    "script": lambda: (r.set("sc", "me"), script(keys=["sc"], args=["you"]), script(keys=["sc"], args=["me"])),
    "eval": lambda: (r.eval("return {1, 'two', {3, false}, redis.status_reply('fine')}", 0), r.script_exists(script.sha, "0" * 40), r.script_flush()),
    "eval error": lambda: r.eval("return redis.call('INCR', 'x')", 0),
    "noscript": lambda: r.evalsha("f" * 40, 0),
    "function": lambda: (r.function_load("#!lua name=mylib\n redis.register_function('f', function(k, a) return a[1] end)", replace=True), r.fcall("f", 0, "hello"), r.function_delete("mylib")),
})
steps("server", {
    "config": lambda: (r.config_set("maxmemory-policy", "allkeys-lru"), r.config_get("maxmemory-policy"), r.config_set("maxmemory-policy", "noeviction"), r.config_resetstat()),
    "config error": lambda: r.config_set("no-such-thing", 1),
    "client": lambda: (r.client_setname("me"), r.client_getname(), r.client_id() > 0, "name" in r.client_list()[0], r.client_no_evict("ON"), r.client_unpause()),
    "info": lambda: sorted(k for k in r.info("keyspace")),
    "time": lambda: (abs(r.time()[0] - time.time()) < 5, r.lastsave() is not None, r.dbsize() > 10, r.ping(), r.echo("hi")),
    "slowlog": lambda: (r.slowlog_reset(), r.slowlog_len() >= 0, isinstance(r.slowlog_get(1), list)),
    "memory": lambda: (r.memory_usage("big") > 3_000_000, r.memory_purge()),
    "acl": lambda: (r.acl_setuser("alice", enabled=True, passwords=["+secret"], keys=["a*"], commands=["+get", "+ping"]), sorted(r.acl_getuser("alice")["commands"]), sorted(r.acl_users()), r.acl_whoami(), r.acl_deluser("alice")),
    "swapdb": lambda: (r.swapdb(3, 4), redis.Redis(port=port, db=4).dbsize(), r.move("k1", 4), redis.Redis(port=port, db=4).exists("k1")),
    "wait": lambda: r.wait(0, 10),
    "unknown": lambda: r.execute_command("NOSUCH", 1, 2),
    "arity": lambda: r.execute_command("GET"),
    "monitor": lambda: r.monitor() is not None,
    "module": lambda: r.module_list(),
    "cluster": lambda: r.execute_command("CLUSTER", "INFO"),
})


def error_of(f):
    try:
        return f()
    except Exception as error:
        return error


def with_user(**options):
    r.acl_setuser("bob", enabled=True, passwords=["+pass word"], keys=["b*"], commands=["+@all", "-flushall"], channels=["*"])
    return redis.Redis(port=port, decode_responses=True, **options)


tls = dict(port=tls_port, ssl=True, ssl_ca_certs=f"{certificates}/ca.crt", decode_responses=True)
client_certificate = dict(ssl_certfile=f"{certificates}/redis.crt", ssl_keyfile=f"{certificates}/redis.key")
steps("connection", {
    "user": lambda: (with_user(username="bob", password="pass word").set("b1", 1),),
    "user key": lambda: with_user(username="bob", password="pass word").set("a1", 1),
    "user command": lambda: with_user(username="bob", password="pass word").flushall(),
    "wrong password": lambda: with_user(username="bob", password="wrong").ping(),
    "socket": lambda: redis.Redis(unix_socket_path=socket).ping(),
    "url": lambda: redis.from_url(f"redis://localhost:{port}/2").client_info()["db"],
    "tls": lambda: redis.Redis(**tls, **client_certificate).set("tls", 1),
    "tls without certificate": lambda: "refused" if isinstance(error_of(lambda: redis.Redis(**tls).ping()), redis.ConnectionError) else "accepted",
    "flush": lambda: (r.flushdb(asynchronous=True), r.dbsize(), r.flushall()),
})
