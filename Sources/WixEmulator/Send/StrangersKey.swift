// A private key that nobody trusts, published here on purpose: `send --tamper key` signs with it to
// show that a PSP accepts Wix's key alone. Never configure its public half anywhere.

/// PKCS #8.
let strangersKeyPEM = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCtvCluA0we6OK+
    FuAEaWtbeVxNDxYEtB2FxvLHr506Tcn7I1/HtIE94qyfTL3wr4LmU8QpRtPMb6PA
    phJX8uTps3md0L56rQP1D+9/yIDoS9HD3AN7iD7Q/Ly0vSiFktVUVFZWT/J70sOB
    hwpsL6LkOar3rbDHox/uX3n37niJWX5OyN63pkObCisdVD01+uUzzDlwkbKtG/pj
    oN4BVXrZrfpWjTDjvmvUwyi1fuewqy3toH+GriWKPGhOJ2MgwQSh1Hu1l5N9TZMp
    RvSNdkvZ2/KFrO/XdI1ohv51t125Q75JYznIOJQmeNqBvChsp2K8kU2msQkdOoMe
    j7V46JFHAgMBAAECggEAR5vRRb+FLg5WevxJvHfJIMx+X2Ky9CBbNMsiQW0gdKog
    cOuNLG65gI0AEq7acSyeWxo2tb60SMTRLXQmBmsesDbiD0q9YCoVAfreAADgJR8v
    KDf0lYO8RH6Ptz1qSNgTJu2WIoBUVXYzUB2djab60G/2iJzmSvrxC9r9llQMCawS
    N0WOuk6QBfqRsVlzNp+asVk9eehf9Vfayx/e/6uJI0Ja8PldRpS1fh45gQAPrWE8
    tVamY0V4XMYHsRh1vxtOA6yoP/EqSSokPO34Lx4jGe8OeZzZ5wCKQ0w3+nSypV3+
    98/qlQmdsH4dgAtf4JyGHtFrE4e0SAXssptAV+QwiQKBgQD0VNW87xtaZF06Y1X9
    tqgsOB5r6XvxbibQXtHAoZEPeKmg8xqZ3mlKz1gHQKvSM6Bt+abA7Q9e50Ele4j/
    0mFK/j4dfoD3KXolJSVPPyVJOdV4zav3uMFZBKtNbEYKnWrTPIOh+aBD/qy6XpA8
    x8r2ffHeGV4MowNT/mC40rPduQKBgQC2CDlxSboUgSolNOtP7NoE8nydF/U+tgs6
    8fBHVpkMojgupzOCDaOsqIbUwY9ZdqVQzhGLSrXmFYXNYGxLIloy6HmI4U/cEAD2
    n383fApWZa7Mis8l4t3vMdG87Jtg1yknHjBsk+Mh8uhVjHypTLrPZAdNC+NaQ+tZ
    3MTKtB9m/wKBgAoUtfzloKtKGM6f6pxdPPMWHas2Jvb/JHrUbrMT93g78kPBxAc1
    NgLwKyGheXViy+u9sTOklE3GHNn/Dtf/RiRh+Q4eehO4kmGV9sQeRtuOl1A0rDO8
    W73gg3DeVsV5WT798DBurD4h8958qFbZp3YkHCadxVOgJjMA+9ykVOeBAoGAKkhY
    x3bfsVmbZ48WRbd3oQSOa5MgFVQF4chHDtsPq/6WXEfcUA5JAZcX0p2vZZGIru9e
    5eMRw4MmVGFcZktxdjfH20Ky4SQahS7hRwsZ/52Y78wid+Ntt9zzohW3tdPkrEB3
    8RCdBsq8qvp6Dn1TO0853uyu/82dAn+keo1CahMCgYEAvA4oXXNU/lkHF103rh4Q
    xW6JCVhV7wMPP8ZKacGpZ37leZXgj2AqT7WX4130DT3dIG2y6K8WpJr51LoV0wOH
    yAIE4vuMRG1JosNaVZmU54y/NCelr1+F9GNFNUKNRFgT21GX0q9ScJ/Lg3paJu+x
    zNpoM7K9sGuY4waEZawDK2U=
    -----END PRIVATE KEY-----
    """
