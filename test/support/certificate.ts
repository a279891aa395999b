/** A certificate for localhost and 127.0.0.1, valid until 2120, that signed itself; its key is known to everybody. For tests only. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBSTCB8KADAgECAgEBMAoGCCqGSM49BAMCMBUxEzARBgNVBAMMCnJoaXpvIHRl
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBUxEzARBgNVBAMM
CnJoaXpvIHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQnAa/3Sc0/zg1s
aMUiYdobM7rS1yN6hmohTGmmjR0Ll0q1/ujWOyKWlwo64dHQtXEenkAE0DbJZAre
+bx8WOawoy8wLTAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA+bojPaQePXf/e2yfOiJPBxbPd5yS
08fIvaeQhpDXzroCIE3p8DSjdT55JE+TG0BvWVv9ShshPp0mcv63/WKQ/ZZ3
-----END CERTIFICATE-----
`

export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjxX7cplPXy3FaM2i
xXnS6V8A4eUoZm79FFePp1EKSjehRANCAAQnAa/3Sc0/zg1saMUiYdobM7rS1yN6
hmohTGmmjR0Ll0q1/ujWOyKWlwo64dHQtXEenkAE0DbJZAre+bx8WOaw
-----END PRIVATE KEY-----
`
