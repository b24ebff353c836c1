// Tokens that were not made by the code under test: those of RFC 7515 and RFC 7520, some signed by the openssl command
// with `ThrowAwayKeys.privateA` over `Sample`'s body and times, and a forged one.

enum OutsideTokens {
    /// `{"alg":"RS256"}`, signed so.
    static let rs256 = """
        eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjp7IlNIQTI1NiI6IjYxMjYxMmQyMDhmYjYxOGViMmIwMDdkMmE3ZjhkN2ExY2ZiNTExNTM\
        yMzg5Mjk4ZjFjYzMzMzIyYzMwOTRiY2MifSwiaWF0IjoxNzk1ODYwMDAwLCJleHAiOjE3OTU4NjAxMjB9.H8jHquPGgBoI5r0RvQ\
        TcqSmLrgN_46BsPnbOD1MblQB9pwBWSBBCtfyWQ2oUYk_1nSP914sg3GZoKHc6XAsGLT8yw2J_LTxZOb21KGvxruSaMiFvalz3HQ\
        mhQlipo5p8IT1j1Z0I_W77aEC4OPow3NZ5KjbN-2iiRqvnK0fWHmRpVDDDwFqSIkBN1M5_3xAWhs7IJr01Flv3iomwZ2u-N3uqjb\
        VjEWKiZhL8yIlm8KgF1nEeLygFbcs-ZKlwJGPLQO0UepSf9K-flxXQxt79y6GzgJyjLEmV_0BA1iv-uFXaSCFltd4q9ySg2Vr3Gj\
        9-kNM_K25FrUJTjjOV8GlL1w
        """

    /// `{"alg":"RS384"}`, signed so.
    static let rs384 = """
        eyJhbGciOiJSUzM4NCJ9.eyJkYXRhIjp7IlNIQTI1NiI6IjYxMjYxMmQyMDhmYjYxOGViMmIwMDdkMmE3ZjhkN2ExY2ZiNTExNTM\
        yMzg5Mjk4ZjFjYzMzMzIyYzMwOTRiY2MifSwiaWF0IjoxNzk1ODYwMDAwLCJleHAiOjE3OTU4NjAxMjB9.f9nlzQ1uEaS292RElb\
        asvrDM-9rquP7oH02we2ozWldVvWo9gbhUJKHHwFtasj--3lN1nwQ4f42K_6W7ISqZ_eIe_ftEEqEO4azGxubPtfV9UGPHBfHqQr\
        raDsdZZQAofTrw1ivA2IW9HvsTT7zyPoEq4pMEJwrKSdhuKTIlvCEEZe_5hi3YIAx65i7DnG7V2wRn2ikkuk5EY_-CZ7qxu-FAox\
        KMdwKp33ygZMNarUIa3HLcdJef4Pw35UccrmLp-hl3wPzfG2cHecKx5GUv7kKUq0jz4DtirlN0fEWZmg9IY1qqJs0_ecqC74I52s\
        pcR4-ft0BFJ7Y02ORQXezdww
        """

    /// `{"alg":"PS256"}`, signed so.
    static let ps256 = """
        eyJhbGciOiJQUzI1NiJ9.eyJkYXRhIjp7IlNIQTI1NiI6IjYxMjYxMmQyMDhmYjYxOGViMmIwMDdkMmE3ZjhkN2ExY2ZiNTExNTM\
        yMzg5Mjk4ZjFjYzMzMzIyYzMwOTRiY2MifSwiaWF0IjoxNzk1ODYwMDAwLCJleHAiOjE3OTU4NjAxMjB9.MrdqX0Ku5QI_W9fOL1\
        rPyGttbtdCODA55xlpGO7g0hckdrV-iE7aed8tYUFaU7kNNcm2qE8jpRB_O9Gu3ZKuza-O2PPx5stF884wCp2nWGeEIXAVruwihY\
        glp-GEGum8FpI3hJCWvdGm5ADpjcUvT4xjZnA9adohMHNFeTXKtBrXvq47gIrh34nDn3d8qQzZx-Yzg3K8imlT0rdfw4md7-KF_j\
        D9MloIaCKjdSPHoMC3c5N5pLpWJQplap_TGPEOvBEYA_kj6WnmbQV71zXMuqkPG_yzTjjFEqD2A9Q9uKBjmzF0gn8VykhTwA3Ldg\
        sf744WJk_BtcISq6gxDUzE0A
        """

    /// `{"alg":"RS256"}`, signed with RS384.
    static let rs384SayingRS256 = """
        eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjp7IlNIQTI1NiI6IjYxMjYxMmQyMDhmYjYxOGViMmIwMDdkMmE3ZjhkN2ExY2ZiNTExNTM\
        yMzg5Mjk4ZjFjYzMzMzIyYzMwOTRiY2MifSwiaWF0IjoxNzk1ODYwMDAwLCJleHAiOjE3OTU4NjAxMjB9.QcASoGYEtUXvc3k9-R\
        u586vIZRws5tbkFk6cv-LE59nV1ubqhS7H7s7yIZZoqY8X8e4ifk163p8Nz0AFcHNp0kNtu8Nx_yhRXa-7woFdPvf4uquimn9KbV\
        SaRzq-aD4SyynccBBxWk04cHjF5t8TkFyX53Gr2jvJTEsdIWXEjm2i4ZIs3wXThbmdww6UOYzdTLXAnRRwSWisHOUqAMZhX1R275\
        CIas03-8p-8mviMKtNOgfzoDIqyhrpAQATmTG3OlWMW64K99BcUvN6mjdFSptwMHyyxOIS67g0eDMyX0UMjI_btav3sXx8cGS93k\
        MAawYBKGGPmPJA59jQso31CQ
        """

    /// `{"alg":"RS256"}`, signed with PS256.
    static let ps256SayingRS256 = """
        eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjp7IlNIQTI1NiI6IjYxMjYxMmQyMDhmYjYxOGViMmIwMDdkMmE3ZjhkN2ExY2ZiNTExNTM\
        yMzg5Mjk4ZjFjYzMzMzIyYzMwOTRiY2MifSwiaWF0IjoxNzk1ODYwMDAwLCJleHAiOjE3OTU4NjAxMjB9.RCQAUmNwCqN6QCdxzB\
        SXCwcKfED4ICQD90teDVh-U_JA978jTBstwWGJidOQjmFuU7zrbKCHT0ytGBEUg5UpY8pj2l2d-JP-aGHquDDQjsBO90_W7ErVXw\
        AU7l2wnKwEyOpiE8rLAtWxe_7n4O5ffgrNy_ZUwcRSc7MS_p-1LFqP0s_fWf5HP5J9Vt76erCl_jNao4d0g4faZG7NjpoG_hyuah\
        loLFrxGs_qOC8976nkkhbePL-m4TZj7-BkXrnb4f0c9WLS60he5dB2LdT8LlY0oBvLsCXjNjngwX96Ua2A43PpxlsCEuNijxlPig\
        _LPF4oIagCuiw0TQoT7qunUg
        """

    /// RFC 7515 appendix A.2.1, for `ThrowAwayKeys.rfc7515`.
    static let rfc7515 = """
        eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
        yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt\
        _O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb\
        1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI\
        8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
        """

    /// RFC 7520 section 4.1, for `ThrowAwayKeys.rfc7520`.
    static let rfc7520 = """
        eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ\
        1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24\
        ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRj\
        dkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wn\
        B-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadn\
        HXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ\
        41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg
        """

    /// `{"alg":"RS256"}`, made without a private key: the cube of this signature begins as a padded hash, eight bytes of
    /// padding long, and goes on as it likes.
    static let forgedForExponent3 = """
        eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjp7IlNIQTI1NiI6IjYxMjYxMmQyMDhmYjYxOGViMmIwMDdkMmE3ZjhkN2ExY2ZiNTExNTM\
        yMzg5Mjk4ZjFjYzMzMzIyYzMwOTRiY2MifSwiaWF0IjoxNzk1ODYwMDAwLCJleHAiOjE3OTU4NjAxMjB9.AAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAMsv9SnrceQVYPXZ1IPUWQHWRdtN4JvLvY649x64niReZgMUfKNfxj4I6F1r6KBbcRmDpBXrfZfZ-dzcVteaMXZ1jm9\
        RneqcYZKwqdFPJUFJmxlEr7Q
        """
}
