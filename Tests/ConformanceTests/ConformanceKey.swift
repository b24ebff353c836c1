// A key pair made for these tests, short so that signing is quick, and the app behind it. Never use it anywhere else.

enum ConformanceKey {
    static let privatePEM = """
        -----BEGIN PRIVATE KEY-----
        MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALRevogG/54gsyUV
        F4Cb03yJCoUdUzQbKT2dK3kR6jzh1KYseB2Uni8Gs/Q8hfHyts2LkgpOIvZ7rGLP
        YLMJLHIf2cYJyer29uV7p0wkVzEveSsrgszqzKIJ1EZHjV9TmAy13eVoKO/rnJ+a
        737o0jY5bwcJLTv3RbGLSfCZO+BnAgMBAAECgYBBkLsz2U9sHLjiPvOHJZ3QBETV
        tJ49L65jHlHiNbfvH6xcJ4gWQKLrt0UNAD80fyUiPJz+r/6XmMdGN9oP2sLTsLkT
        rQR7cOzJsQ+/LcDZKOvdeLvCKmXdoIE7UhivLh+zvLyjNnzNg8sdwhv/VGjjVg6g
        5l+F4avKRV6gmvVQsQJBAOh3ltpBvfal2oFw08ZkE8K9vp4axAd235Y53XI4K0xc
        n/hsyydKui40CIXyexUHMG9T8n7JxOxA4/zB5DBl7z8CQQDGoQ3tERWoH1NdD0x5
        rIEjehhqiI2OMdtxThgH//Ew0fG/jgJ16OFuhthA6NcTslpLxDMwG4dzMXavXz8a
        OuzZAkAMmz+hAmOs1n2s+1NgtNilfOizZjwvM3EYknbB1O30LCm4rR2vOcwy6Tt1
        GBs4nrUvtFu4KHT3YuV6NYGMZlq9AkAKGHd/vCWQpP70tOlbKdRqfDMvfv9K4efY
        a3K3PWAB7jnOVaZ0XcDPgFUPf4Ym/yKtxSwg3tVUmogAw+OOLr6JAkEAkXmux/PA
        hHhyxj+hzpJEqi9yi82gIvPqhpxHTrFQ7e8sxVSX1RrIXAXcChZzswmJkk66v2NK
        NQ9GQSUlXWAmVQ==
        -----END PRIVATE KEY-----
        """

    static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0Xr6IBv+eILMlFReAm9N8iQqF
        HVM0Gyk9nSt5Eeo84dSmLHgdlJ4vBrP0PIXx8rbNi5IKTiL2e6xiz2CzCSxyH9nG
        Ccnq9vble6dMJFcxL3krK4LM6syiCdRGR41fU5gMtd3laCjv65yfmu9+6NI2OW8H
        CS0790Wxi0nwmTvgZwIDAQAB
        -----END PUBLIC KEY-----
        """
}
