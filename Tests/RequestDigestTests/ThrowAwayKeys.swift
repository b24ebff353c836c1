// Keys made with the openssl command for these tests alone; they open nothing.

enum ThrowAwayKeys {
    /// 2048 bits.
    static let privateA = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCWORrxmcJfUZ7+
        FSL6VB7wvmwaQplYte5MnxcFwCtQCBVkouO1V2JG7bDibesPQKxGmxgxn3jNmEj4
        QpwKEBCp9BkCPvJ4UfJCVlRl3tH9N/h3zOZRWqPM5bYWWFO2tvDnEe0DtVNC6/lu
        jDiUvrKGX2j9SEFmvqKis+5Z3M3Y0Qs3aKnjJJOghhHa2ETec3B4fMm5wdEE9+xg
        /SBPLkE+iWTpLKM3RaeEcRB1hf0W3g0p/lnVvIMWepbscf9Y906aoHa00kmucuF5
        3ad6GXD9XrlqnCc58EOWqUcHbmZ9m8UtCWZ71crxhkQbed41zK9HUJmq5e4L5W91
        G9mSA/2ZAgMBAAECggEAAgDkd/NReStFDmvycbnxLxitdFABLHXB5hubRCXrBFzI
        CXXPr75o23vPjffvBUU0sJaTpPouWdJnKyJ0sACrWQaEb957JhL0gweuOMaXCkRd
        FLhZNdDagIDR/YXNJgTWFsRxlgjszmahxr4ctUUlOEjc+FkAM38Lroi6TAOd6v9h
        Fbl0u9RolKk7RkQmhImE0CDeIL04sSMYDrr0qZEoN+a7HcXfIPVLdcB1oafYuH3b
        3RW34DjfdyPuAqk4pTH5fKqos3GXBezyuFiksxeVDrJFJpH2ZHJQfLDrXKp8KCsq
        +4i4p02k8sEQ0/YGYiIYaJaF6sWh6QEeobLi5QBuAQKBgQDUI0vhA+nfMrbksRBh
        4DxZHoS0XpOUbbQjT6xDneacKQSz1kWSWK7Aa/Op6ZoxUVhaooz/6B5UN2CJXAeJ
        /msy0Br/7AC3n7InjQ+vUzG0VIyXP1QIdnGt6iILgSwPeUffKk3YHf4+wJMf4l4o
        rns4D5+hujSWyCeTXepdcmf5AQKBgQC1SJYVGcP6oPk11Vke4L1lRobhPAgyJZk5
        C/s87eb7IewilP40I6kZuPzP97m4BQbUrox/vjbPuPRQX/oxKgn7pikJn69bKmU2
        2BBl26NRcFu72drH55dS7/5SCYw27ggVbcwX5nX8Vsl388uMAlaI/HWza49bNTSh
        Z6FP3xQsmQKBgQCDnPJyxE7RH1HBSOl1D/3g/MIwdYzyRa3BSqkBunFc6UX1nTbE
        uSiSUWd3P2teta0vbjI0gvpuHX1TOzmiL6qqd9qIdQ9s3TNWvnnAuMjZrKsdGzkz
        luiokd5VbOq9Hu2sUz7Amrsmi6u72GG6s6XW/jp3yGLgOYX0NAw3tcc0AQKBgQCD
        JnlV2KcdChphZPEt0p+SxlxMVLcFOIhKai2f3elOZDNGrY3ewLHU5y0Xc/wLcq+H
        bKQ+wqk6zG8MOvNxYB2KzqI/0SP3C4vgCp6KYkUcZPIozCpol1a17OSMC1ZCYyC8
        CAwwek1/enYU7u6iYwqh3it022sCLFLgNm3Qr+4TeQKBgCiC6V99025EbmcZPgDX
        Tc44axdOsiOhuRS16HePu5bQFWuWyZVPO9PkkyX3R9iE5zFE8zyUJd4xJSKK/Cda
        k4IxCqZ/Y/isNfzxISJ+LIPIQCTlyVCWUU3JfbQC93bwVhw0C70yqIuwt2YbZ5Vd
        ZCP8ySvUr12drN0QG3uHVNwj
        -----END PRIVATE KEY-----
        """

    /// The public half of `privateA`.
    static let publicA = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAljka8ZnCX1Ge/hUi+lQe
        8L5sGkKZWLXuTJ8XBcArUAgVZKLjtVdiRu2w4m3rD0CsRpsYMZ94zZhI+EKcChAQ
        qfQZAj7yeFHyQlZUZd7R/Tf4d8zmUVqjzOW2FlhTtrbw5xHtA7VTQuv5bow4lL6y
        hl9o/UhBZr6iorPuWdzN2NELN2ip4ySToIYR2thE3nNweHzJucHRBPfsYP0gTy5B
        Polk6SyjN0WnhHEQdYX9Ft4NKf5Z1byDFnqW7HH/WPdOmqB2tNJJrnLhed2nehlw
        /V65apwnOfBDlqlHB25mfZvFLQlme9XK8YZEG3neNcyvR1CZquXuC+VvdRvZkgP9
        mQIDAQAB
        -----END PUBLIC KEY-----
        """

    /// 2048 bits.
    static let privateB = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQClQxb8uIs+N50y
        PcadEXsa7ihNFVm4mb0JKCIb/1opq7IBm/wQFnKrnRJmT7MZYmj3DEq2GswPBjtO
        PIUfX/MwCzLLjIgXZSlkW/1wSqqTM/w4og3b/9NDRIhTKVkgSLBCYvov/3pIJmfK
        oclebvU2nB1ZMAI26VpOT3tlvgUvwNsSGSd0iG7T6xS73Xr920QXqTSmRhZq1ou7
        UEPjrHUOeXNQuEC230NdDE5EgX+YqhnZBLIC+KalJ1I28OFJeC6ANuNqTlxepGmG
        5tCuWSHrrxEObMaBzTuHz4mww7kPUMAkdAHh9VLozw2RjivJ6V4bSzbcX9lqu5LJ
        4pSxZuTVAgMBAAECggEAM1UJ/FjEI4C5yqPGn/4Qi3ZjPUI++qiCP6hgI+smkd/7
        bCWL32Fhn+2ri+0AmAdpzCbcxADB1n7ch/ojbXHrw0YPMouFsCKjf0FVkP4YSp3w
        n5Sykl29vNy6LX6f6Pe7C/vbc3I7BNMtFRM4zaTQdPR75zqSzYShIMbucNVbng+c
        vdry3YNPEhigKoJZfDXoQUGC0hKX8gmuIpL9M1flA0wLlQ++9HLGJ9so5qILlIiL
        5FvbeF4qYJXsQaqkV3wiNCcDhFAmobz1Ar5TWd+ZBPnCB1vNFo6ZzIvYm949x5Ci
        Tf+nmQmw9Bogs07IeZ4pM+l60Mmm734z0y73eqoPhwKBgQDdQDTJRghV+3u/1lfR
        Kr5+XAv9c0QUldqr31xpuJdu+xnpyrUWZwmQnO8trl6LXycGs80Q7e5X3pVuxfC7
        0RPuuSc3Fatern1NPsU1fJnxocoYiV9NTQ+AovO1QuqQ7HxAkhFImUXslUC/Ffda
        4sceQHbi8iEvCL0e/fVYHuDWKwKBgQC/N8ECFtsJxKnH42jAaPx7/6o307WQkOjI
        O3bmy+nNaa/MNjiJc6+CqkP9W52Vp0QaK5ChbNltu/VYr08PRBudcfH6v9mQgyr7
        D2dbXpSQbhPxBEwNLm6V+cuvz9Wz7nWG+jGBzALPHfzzhcaYJ9jqa4F85xBCBtR5
        +qLPjpyw/wKBgEKm2AAWb+ZvJz2IddYWWWK5mgcVVVoaNtD2LeHPcRdG3+yVW25P
        Rgthq5AIaoTz+k7DlbBW7SldbYj8amQ6PRX6gzzN811HlYnSshhF3B51zesMX0Br
        SZNIA8EEUqOsClZtanWDbxQxdlraZDTmAnQzmV0O8j44FLkkamfMjZEXAoGAG/4T
        eTTTV/i8ShDWcuRrodNpncaWW9V63mUmIN9VGMcR/zkoyaZv2RcH4P0acqAL7jDW
        eWsv4UqUvijb0AZObJwTqnuPZAJvtlUo8k1EPmh+7teMMpnLgpUQ5mnshOyxs9LI
        kJHHD376WsQIsJmUvayDRj+lN6U8UacJUo00Dw0CgYAvrLtW7PwDzX3TxeDnnA9R
        Fgst8P0rbjRLg9X/JTtDAfT2sIQrg3COwWhxr3xfDq6qyP8JPjRAvy/ZWPs0lwL7
        6cycvfBbYSeRXswEq2uh1gwvm+ULo8SGJx0+LyA04VKAXtopkPG0AS34dv25b7S4
        pi0T6MGD0wibIudmbDqOXA==
        -----END PRIVATE KEY-----
        """

    /// The public half of `privateB`.
    static let publicB = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApUMW/LiLPjedMj3GnRF7
        Gu4oTRVZuJm9CSgiG/9aKauyAZv8EBZyq50SZk+zGWJo9wxKthrMDwY7TjyFH1/z
        MAsyy4yIF2UpZFv9cEqqkzP8OKIN2//TQ0SIUylZIEiwQmL6L/96SCZnyqHJXm71
        NpwdWTACNulaTk97Zb4FL8DbEhkndIhu0+sUu916/dtEF6k0pkYWataLu1BD46x1
        DnlzULhAtt9DXQxORIF/mKoZ2QSyAvimpSdSNvDhSXgugDbjak5cXqRphubQrlkh
        668RDmzGgc07h8+JsMO5D1DAJHQB4fVS6M8NkY4ryeleG0s23F/ZaruSyeKUsWbk
        1QIDAQAB
        -----END PUBLIC KEY-----
        """

    /// `privateA` in the older form.
    static let traditionalPrivate = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEpAIBAAKCAQEAljka8ZnCX1Ge/hUi+lQe8L5sGkKZWLXuTJ8XBcArUAgVZKLj
        tVdiRu2w4m3rD0CsRpsYMZ94zZhI+EKcChAQqfQZAj7yeFHyQlZUZd7R/Tf4d8zm
        UVqjzOW2FlhTtrbw5xHtA7VTQuv5bow4lL6yhl9o/UhBZr6iorPuWdzN2NELN2ip
        4ySToIYR2thE3nNweHzJucHRBPfsYP0gTy5BPolk6SyjN0WnhHEQdYX9Ft4NKf5Z
        1byDFnqW7HH/WPdOmqB2tNJJrnLhed2nehlw/V65apwnOfBDlqlHB25mfZvFLQlm
        e9XK8YZEG3neNcyvR1CZquXuC+VvdRvZkgP9mQIDAQABAoIBAAIA5HfzUXkrRQ5r
        8nG58S8YrXRQASx1weYbm0Ql6wRcyAl1z6++aNt7z4337wVFNLCWk6T6LlnSZysi
        dLAAq1kGhG/eeyYS9IMHrjjGlwpEXRS4WTXQ2oCA0f2FzSYE1hbEcZYI7M5moca+
        HLVFJThI3PhZADN/C66IukwDner/YRW5dLvUaJSpO0ZEJoSJhNAg3iC9OLEjGA66
        9KmRKDfmux3F3yD1S3XAdaGn2Lh9290Vt+A433cj7gKpOKUx+XyqqLNxlwXs8rhY
        pLMXlQ6yRSaR9mRyUHyw61yqfCgrKvuIuKdNpPLBENP2BmIiGGiWherFoekBHqGy
        4uUAbgECgYEA1CNL4QPp3zK25LEQYeA8WR6EtF6TlG20I0+sQ53mnCkEs9ZFkliu
        wGvzqemaMVFYWqKM/+geVDdgiVwHif5rMtAa/+wAt5+yJ40Pr1MxtFSMlz9UCHZx
        reoiC4EsD3lH3ypN2B3+PsCTH+JeKK57OA+fobo0lsgnk13qXXJn+QECgYEAtUiW
        FRnD+qD5NdVZHuC9ZUaG4TwIMiWZOQv7PO3m+yHsIpT+NCOpGbj8z/e5uAUG1K6M
        f742z7j0UF/6MSoJ+6YpCZ+vWyplNtgQZdujUXBbu9nax+eXUu/+UgmMNu4IFW3M
        F+Z1/FbJd/PLjAJWiPx1s2uPWzU0oWehT98ULJkCgYEAg5zycsRO0R9RwUjpdQ/9
        4PzCMHWM8kWtwUqpAbpxXOlF9Z02xLkoklFndz9rXrWtL24yNIL6bh19Uzs5oi+q
        qnfaiHUPbN0zVr55wLjI2ayrHRs5M5boqJHeVWzqvR7trFM+wJq7Jouru9hhurOl
        1v46d8hi4DmF9DQMN7XHNAECgYEAgyZ5VdinHQoaYWTxLdKfksZcTFS3BTiISmot
        n93pTmQzRq2N3sCx1OctF3P8C3Kvh2ykPsKpOsxvDDrzcWAdis6iP9Ej9wuL4Aqe
        imJFHGTyKMwqaJdWtezkjAtWQmMgvAgMMHpNf3p2FO7uomMKod4rdNtrAixS4DZt
        0K/uE3kCgYAogulffdNuRG5nGT4A103OOGsXTrIjobkUteh3j7uW0BVrlsmVTzvT
        5JMl90fYhOcxRPM8lCXeMSUiivwnWpOCMQqmf2P4rDX88SEifiyDyEAk5clQllFN
        yX20Avd28FYcNAu9MqiLsLdmG2eVXWQj/Mkr1K9dnazdEBt7h1TcIw==
        -----END RSA PRIVATE KEY-----
        """

    /// 1024 bits, with a pass phrase.
    static let encryptedPrivate = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIUC3H2+2qjPoCAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBA1KT5o7+L0/IQ75rHZxsMIBIIC
        gD1sMKZJx1/yHYz2VdVw+k6lMKR+idCxKITkTLRRPVYu2o+LVtxFYvBS6kB59Eqe
        6YDEex00ZvQJd2+1nti1Lz3KNPgNwQqhmgFxRu77n06VzDLIgujTxgYYZkFJ21RC
        159Heu6B4PWBn2siyTZVHAlEM/CzRd8HigUij83ZV8ZoYyfv29IUypg0iUrix3x3
        GLLRF22YGxEMVcXbnQGbMgkz82UyHjhmQt61l3SZ5qLmERk2hVsoMzRu4+H82PSK
        gdJ98+nTB1SAs/JgD5kjLISsYGFv0eMY+L5cnfFum7Y0Qo+4fMTPTxOD937NfVxo
        6lnwcYBX3JYgpKHTcur5YAIjlEAO3+w6hdJOfHVA6UtkD7YRPI0Uc3phZJzGoy5i
        0KcIFkZXGX7bE1YM/ETExUT0V2cRgBSUsJsy6ZO3ckSKL/h/3uhlYmwf0r7XsYyF
        +Fg+gW+SkEnTNzaYh8twrtwsLvuNIxi4eXz9oK+z5BuNgw31Xl4efqhIkOroH3oX
        HCDZky4rjS4exIqv885SdtM0CFEzFmJGJlAFULb0hixZscdS90N/reqT972+YAJR
        0UQaWDuxa5RfJeShcETGNloF1z477wV6g9ETpTa7d9l00shqVxYyMh7n9+KSWj/I
        TRQtSecHdoLUc5//FvmS/SW1WQSn4jFTo4uEiauE+j2ysaPMJxOdq/x2Ng+ldzuE
        4cU+1hIbntLM6xmYNUNpvYSpOq2nsr5SCiMxFwQhjtdQGekNwKWU2scV9opznuGa
        O3sXa6jMfmZD5bz+OOADN6MN32uwaMq/sDzS8Xj4ZwCu0N7HDjrgP7jQvvsxrPez
        KO+ika2IN82PsYUG2oq79Ow=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// The same in the older form.
    static let traditionalEncryptedPrivate = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,4ABD8233795BC4964B22BC3231E15AF8

        jAj+n3UashWEgGMyrlQu9L0Vw1CF1PCb+MKh35kmZL08f+AfhfuAwAFdINN2ogKk
        c9ePKO5ouJhk039CHyHar4b1MCJrfPG/5CoSvmKKsP5a7qfsaXgRkSJjsU3R5qWz
        JcoYj4sFF5ua08crPNK7YfhaD4WlMRFw5crZhwd7sH0+aGDXRWFKIHbeUiMc6W0g
        Hr6YhWVevcanYKDzdkov/fb55eBiLT1oSBg3Wps5zM6vowcoUsC5Lmje9rRN3Bir
        ff0jk6TqKWZvnwk09u516x8oWfNGr9m9FKlIiQfOw90+2lgtLs/DqEkHX/DmSf6F
        wU31RaaZ0Hka/IYP7ti8VZwv3Rc2I0Ui2OYXEy9tuhXMvJ/svRQpaACK+ETQopdp
        S5VJZ4lB0tjHEVMNQXs8roHW6f99mJdro+oF0MJfnIUuUtHDESw7Khi0yp9thkLF
        7uTG33GpEqHWcBz607d1j/+ebpHt/vXWRfLIYkEqdnfc11p4aAAhJ9jA2bhWuuDO
        40vsh64oYcWEUAaoI9xz8QO2S0qMxLTzp9KvvGsTZemWfWYbOAOogEUO6vzEurqZ
        UwmRWlbyhwBS2B5ImiHlVDz++/aT+dkAAY8Js2pxA90wivuTTWLqAnTnXt8E9QP9
        ft0TTq4XioL5YrMVrQdlCw5BZPYUnKShCE/kHnvHJvCUFSJP5fHBZafstKoMgp94
        NCOEdupm0e9s7rgmLdMWuKHtX5qyUAdqbfv005RkfaIi+tToO3ffI3Gx/iblYOy0
        YTExAfxdfAzYTr3/xNEqUaG31k808uJRbt02/tC8MJQr7bACbWGNhRchq/mMW6yz
        -----END RSA PRIVATE KEY-----
        """

    /// `publicA` in the form that lacks the algorithm.
    static let pkcs1Public = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAljka8ZnCX1Ge/hUi+lQe8L5sGkKZWLXuTJ8XBcArUAgVZKLjtVdi
        Ru2w4m3rD0CsRpsYMZ94zZhI+EKcChAQqfQZAj7yeFHyQlZUZd7R/Tf4d8zmUVqj
        zOW2FlhTtrbw5xHtA7VTQuv5bow4lL6yhl9o/UhBZr6iorPuWdzN2NELN2ip4yST
        oIYR2thE3nNweHzJucHRBPfsYP0gTy5BPolk6SyjN0WnhHEQdYX9Ft4NKf5Z1byD
        FnqW7HH/WPdOmqB2tNJJrnLhed2nehlw/V65apwnOfBDlqlHB25mfZvFLQlme9XK
        8YZEG3neNcyvR1CZquXuC+VvdRvZkgP9mQIDAQAB
        -----END RSA PUBLIC KEY-----
        """

    /// A certificate, not a key.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIICBjCCAW+gAwIBAgIUeSyRtReIIpNsdIiRU3Rh5R2KBQ8wDQYJKoZIhvcNAQEL
        BQAwFTETMBEGA1UEAwwKdGhyb3ctYXdheTAeFw0yNjExMjEwMTA5MzRaFw0yNjEx
        MjIwMTA5MzRaMBUxEzARBgNVBAMMCnRocm93LWF3YXkwgZ8wDQYJKoZIhvcNAQEB
        BQADgY0AMIGJAoGBAK+Kq7N+oi8d/t0imrEBIcUYMSeUwPM3eY6dU1cGIRXmOqkg
        0UB/HI4yNSb8sLNOe5TLE3ry/mtDfJN+vXvNhO7AaOapQqTjsrRULoEqnRGb781o
        ttggGznHgFatIWh+ogAUJhUF+Nq8YHGJjj6HGtFdfFv1h/vWm7qUTJk8c4QtAgMB
        AAGjUzBRMB0GA1UdDgQWBBTD5U7Sugygi1c4UE0DMcLAFUdAzjAfBgNVHSMEGDAW
        gBTD5U7Sugygi1c4UE0DMcLAFUdAzjAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
        DQEBCwUAA4GBAHkvcYiNb9RpqXSM7vfa7w+2oNspMHAYqZUhaxMWERcfxpSLg/Mi
        jVRM1Qy6cOiNT4KtSL3ksJGnm4DvjbwIUT/4F5g5n76O/vkobveCm7m4jYBIx74e
        x2yiZu3C3Mkw8pX4RXj26N1WXgSZlWfBDri1jOZBfRPJ035rdMDzz/UV
        -----END CERTIFICATE-----
        """

    /// 512 bits.
    static let public512 = """
        -----BEGIN PUBLIC KEY-----
        MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAM8wOH4Dsec2Nupfv9oelcbP7g3O3+7Z
        zi30hdSfH2ASLBOflMrbgvVAnf0lyB3okL5J52gpHgat1AZbt0XrzMUCAwEAAQ==
        -----END PUBLIC KEY-----
        """

    /// 1023 bits.
    static let public1023 = """
        -----BEGIN PUBLIC KEY-----
        MIGeMA0GCSqGSIb3DQEBAQUAA4GMADCBiAKBgGEXphs6aNkgf0aJsSagLt/GwHXV
        avpxS3DaInoHsFEui/HGssgwod3V+TakT1KlryvXUDZNBzARd3ndMXBcun4oe1I0
        mSqKf/LBsrYAl6zWyAjjUJWorpvvK5WrEyB2/NeCONPXb6xQp/wj7sINHPhNOO3W
        B1SoOcYvbuuiSKLVAgMBAAE=
        -----END PUBLIC KEY-----
        """

    /// 1024 bits.
    static let public1024 = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCviquzfqIvHf7dIpqxASHFGDEn
        lMDzN3mOnVNXBiEV5jqpINFAfxyOMjUm/LCzTnuUyxN68v5rQ3yTfr17zYTuwGjm
        qUKk47K0VC6BKp0Rm+/NaLbYIBs5x4BWrSFofqIAFCYVBfjavGBxiY4+hxrRXXxb
        9Yf71pu6lEyZPHOELQIDAQAB
        -----END PUBLIC KEY-----
        """

    /// P-256.
    static let publicEC = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnwUF+YqHQiFcmi1yv9JssskJLbZ0
        U0AchWx/LVuiLXdhwP3b3RokswNzSJws9RQpIUS9QVGZ8YRf0vh7GeUEkA==
        -----END PUBLIC KEY-----
        """

    /// RSA, but for PSS signatures alone.
    static let publicPSS = """
        -----BEGIN PUBLIC KEY-----
        MIGdMAsGCSqGSIb3DQEBCgOBjQAwgYkCgYEA39FFTW9m3IQDdLsuEfjfWnedgnkj
        60irHm9+2ictylP147g24Zik7D+5gDk3BE1WX/Y+rOFNO+qrXrSda/GYXDYOVPkv
        RZR0XCmERDF63RqjBv8GY5mFCZe0wqX2E/sGHZWtMhxqu1aZU/yIO45sfFjFuPKj
        j+Tu+jrxLXYiMOcCAwEAAQ==
        -----END PUBLIC KEY-----
        """

    /// RFC 7515 appendix A.2.1, written as PEM.
    static let rfc7515 = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
        NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
        P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
        9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
        EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
        FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
        oQIDAQAB
        -----END PUBLIC KEY-----
        """

    /// RFC 7520 section 3.4, written as PEM.
    static let rfc7520 = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn4EPtAOCc9AlkeQHPzHS
        tgAbgs7bTZLwUBZdR8/KuKPEHLd4rHVTeT+O+XV2jRojdNhxJWTDvNd7nqQ0VEiZ
        QHz/AJmSCpMaJMRBSFKrKb2wqVwGU/NsYOYL+QtiWN2lbzcEe6XC0dApr5ydQLrH
        qkHHig3RBordaZ6Aj+oBHqFEHYpPe7Tpe+OfVfHd1E6cS6M1FZcD1NNLYD5lFHpP
        I9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3+tVTU4fg/3L/vniUFAKw
        uCLqKnS2BYwdq/mzSnbLY7h/qixoR7jig3//kRhuaxwUkRz5iaiQkqgc5gHdrNP5
        zwIDAQAB
        -----END PUBLIC KEY-----
        """

    /// 2048 bits and the exponent 3.
    static let publicExponent3 = """
        -----BEGIN PUBLIC KEY-----
        MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEA6EzNMQR/GSJd05G8JoAt
        eZPUDBCQhRtO0SuJj5u/MZ68yzXPJyVa6M7mRjzi/fKch5Uly738uoaBfLtjr15y
        pmzSaXtSwPBdwNCDz85tb2pzACadEISdfpLM6ofEQvg2LK6UY6oGLqJ3AKMT+rTc
        JE7PD3KGU4jzMLS9XgdHJBNbZdv99pzX0wTQ6hHWqLSgTk1zlF5/mNWMm6jDruYM
        2OpEPgQ3oxA6XB0CPS8ERWd5Gwzk5Lf9ozg73s23dYrWW7/N3y8NuBFITSm/VLrn
        ajgGzadc9cdiFnWtybQ5eFPHiP8a7EXE8p/IXpivdLOEOFDKqkMEK8FlCYaoncM4
        +wIBAw==
        -----END PUBLIC KEY-----
        """
}
