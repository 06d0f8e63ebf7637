using CleanGateway.Domain.Common;

namespace CleanGateway.UnitTests.Domain.Common;

public class SecretTests
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // Its checksum was calculated elsewhere: CRC-32C (Castagnoli) of the 43 characters, six digits of base 62.
    private const string KnownSecret = "gw_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4HWwpz";

    [Theory]
    [InlineData("test-key-12345", "953a6f3acb148f7d0492a99ed5ce98dd442326f6438b39625fd5c85efa7f6f21")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("schlüssel", "ccec7a8e3e039f0b6b308a81f438e1d07a59c8c896b4f237d10c3eecb8375ef7")]
    public void A_secret_is_hashed_as_PostgreSQL_would_hash_it(string secret, string hash) => Secret.Hash(secret).Should().Be(hash);

    [Theory]
    [InlineData(Secret.ApiKeyPrefix)]
    [InlineData(Secret.AdminTokenPrefix)]
    public void A_secret_says_what_it_is_and_is_well_formed(string prefix)
    {
        var secret = Secret.Generate(prefix);

        secret.Should().MatchRegex($"^{prefix}[0-9A-Za-z]{{49}}$");
        Secret.IsWellFormed(secret, prefix).Should().BeTrue();
    }

    [Fact]
    public void No_two_secrets_are_the_same() =>
        Enumerable.Range(0, 1000).Select(_ => Secret.Generate(Secret.ApiKeyPrefix)).Should().OnlyHaveUniqueItems();

    [Fact]
    public void All_of_base_62_is_used()
    {
        var used = string.Concat(Enumerable.Range(0, 200).Select(_ => Secret.Generate("")[..43])).Distinct();

        used.Should().BeEquivalentTo(Base62);
    }

    [Fact]
    public void A_secret_handed_out_long_ago_is_still_well_formed() => Secret.IsWellFormed(KnownSecret, Secret.ApiKeyPrefix).Should().BeTrue();

    [Fact]
    public void One_mistyped_character_anywhere_is_noticed()
    {
        for (var position = Secret.ApiKeyPrefix.Length; position < KnownSecret.Length; position++)
        {
            foreach (var typed in Base62.Where(typed => typed != KnownSecret[position]))
                Secret.IsWellFormed(With(position, typed), Secret.ApiKeyPrefix).Should().BeFalse($"position {position} is '{typed}'");
        }
    }

    [Fact]
    public void Two_swapped_neighbours_are_noticed()
    {
        for (var position = Secret.ApiKeyPrefix.Length; position < KnownSecret.Length - 1; position++)
        {
            var swapped = KnownSecret.ToCharArray();
            (swapped[position], swapped[position + 1]) = (swapped[position + 1], swapped[position]);

            Secret.IsWellFormed(new string(swapped), Secret.ApiKeyPrefix).Should().BeFalse($"positions {position} and {position + 1} are swapped");
        }
    }

    [Theory]
    [InlineData('\u0141')]   // Ł: its low byte is that of A
    [InlineData('\uFF21')]   // the full-width A
    [InlineData('\u0410')]   // the Cyrillic A
    public void A_letter_that_only_looks_or_encodes_like_another_is_noticed(char lookalike) =>
        Secret.IsWellFormed(With(KnownSecret.IndexOf('A', StringComparison.Ordinal), lookalike), Secret.ApiKeyPrefix).Should().BeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("gw_")]
    [InlineData("gwa_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4HWwpz")]
    [InlineData("GW_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4HWwpz")]
    [InlineData("gw_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4HWwp")]
    [InlineData("gw_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4HWwpz ")]
    [InlineData(" gw_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4HWwpz")]
    [InlineData("test-key-12345")]
    public void What_was_never_generated_is_not_well_formed(string text) => Secret.IsWellFormed(text, Secret.ApiKeyPrefix).Should().BeFalse();

    [Fact]
    public void An_API_key_is_no_admin_token()
    {
        Secret.IsWellFormed(Secret.Generate(Secret.ApiKeyPrefix), Secret.AdminTokenPrefix).Should().BeFalse();
        Secret.IsWellFormed(Secret.Generate(Secret.AdminTokenPrefix), Secret.ApiKeyPrefix).Should().BeFalse();
    }

    private static string With(int position, char typed) => KnownSecret[..position] + typed + KnownSecret[(position + 1)..];
}
