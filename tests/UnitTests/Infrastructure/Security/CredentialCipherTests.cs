using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.UnitTests.Infrastructure.Security;

public class CredentialCipherTests
{
    private const string Credentials = """{"api_key": "sk-hunter2"}""";

    private static readonly CredentialBinding Binding = new(new ProviderId(new Guid("11111111-1111-1111-1111-111111111111")), "openai", "https://api.openai.com");
    private static readonly CredentialCipher Cipher = Sealing(Key('a'));

    [Theory]
    [InlineData(Credentials)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("äöü €😀 \0 \n")]
    public void What_is_sealed_opens_to_the_same(string credentials)
    {
        var closed = Cipher.Seal(credentials, Binding);

        Cipher.Open(closed, Binding).Should().Be(credentials);
    }

    [Fact]
    public void A_large_credential_is_no_different()
    {
        var key = new string('x', 100_000);

        Cipher.Open(Cipher.Seal(key, Binding), Binding).Should().Be(key);
    }

    [Fact]
    public void A_sealed_credential_tells_nothing_of_the_plain_one_but_which_key_opens_it()
    {
        var closed = Cipher.Seal(Credentials, Binding);

        Cipher.IsSealed(closed).Should().BeTrue();
        closed.Should().Contain(Key('a').Id).And.NotContain("hunter2").And.NotContain("api_key");
        Convert.FromBase64String(closed.Split(':')[^1]).AsSpan().IndexOf("hunter2"u8).Should().Be(-1);
    }

    [Theory]
    [InlineData(Credentials)]
    [InlineData("")]
    [InlineData("sk-plain")]
    [InlineData("enc")]
    public void Plain_text_is_not_taken_for_sealed(string credentials) => Cipher.IsSealed(credentials).Should().BeFalse();

    [Fact]
    public void The_same_text_is_never_sealed_the_same_way_twice()
    {
        var sealedTexts = Enumerable.Range(0, 100).Select(_ => Cipher.Seal(Credentials, Binding)).ToList();

        sealedTexts.Should().OnlyHaveUniqueItems();
        sealedTexts.Select(text => Convert.ToHexString(Bytes(text).AsSpan(0, 12))).Should().OnlyHaveUniqueItems("a nonce is used once");
    }

    [Fact]
    public void Moved_to_another_row_it_does_not_open() =>
        OpeningShouldFail(Cipher.Seal(Credentials, Binding), Binding with { Provider = new ProviderId(new Guid("11111111-1111-1111-1111-111111111112")) });

    [Fact]
    public void Under_another_provider_type_it_does_not_open() =>
        OpeningShouldFail(Cipher.Seal(Credentials, Binding), Binding with { ProviderType = "openai_compatible" });

    [Theory]
    [InlineData("http://api.openai.com")]
    [InlineData("https://api.openai.com:8443")]
    [InlineData("https://api.openai.com.evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("")]
    public void Under_another_base_URL_it_does_not_open(string origin) =>
        OpeningShouldFail(Cipher.Seal(Credentials, Binding), Binding with { Origin = origin });

    [Fact]
    public void With_another_master_key_it_does_not_open_and_both_keys_are_named()
    {
        var closed = Cipher.Seal(Credentials, Binding);

        OpeningShouldFail(closed, Binding, Sealing(Key('b'))).Should().Contain(Key('a').Id).And.Contain(Key('b').Id);
    }

    [Fact]
    public void With_another_master_key_that_claims_to_be_the_right_one_it_does_not_open() =>
        OpeningShouldFail(Cipher.Seal(Credentials, Binding).Replace(Key('a').Id, Key('b').Id, StringComparison.Ordinal), Binding, Sealing(Key('b')));

    [Fact]
    public void With_any_bit_of_any_byte_flipped_it_does_not_open()
    {
        var closed = Cipher.Seal(Credentials, Binding);
        var bytes = Bytes(closed);

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)(1 << (i % 8));
            OpeningShouldFail(With(closed, bytes), Binding);
            bytes[i] ^= (byte)(1 << (i % 8));
        }

        Cipher.Open(With(closed, bytes), Binding).Should().Be(Credentials, "the loop has put everything back");
    }

    [Fact]
    public void Cut_short_anywhere_it_does_not_open()
    {
        var closed = Cipher.Seal(Credentials, Binding);
        var bytes = Bytes(closed);

        for (var length = 0; length < bytes.Length; length++)
            OpeningShouldFail(With(closed, bytes[..length]), Binding);
        OpeningShouldFail(With(closed, [.. bytes, 0]), Binding);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hunter2")]
    [InlineData("enc:v1:")]
    [InlineData("enc:v2:{id}:aHVudGVyMg==")]
    [InlineData("enc:v1:{id}:hunter2!")]
    [InlineData("enc:v1:{id}:aHVudGVyMg==")]
    [InlineData("enc:v1:{id}:aHVudGVyMg==:more")]
    [InlineData("ENC:V1:{id}:aHVudGVyMg==")]
    public void Garbage_does_not_open(string garbage) =>
        OpeningShouldFail(garbage.Replace("{id}", Key('a').Id, StringComparison.Ordinal), Binding);

    [Fact]
    public void The_halves_of_two_sealed_credentials_make_no_third()
    {
        var one = Cipher.Seal(Credentials, Binding);
        var other = Cipher.Seal("""{"api_key": "sk-other"}""", Binding);

        OpeningShouldFail(With(one, [.. Bytes(one)[..60], .. Bytes(other)[60..]]), Binding);
    }

    [Fact]
    public void Any_key_that_is_held_opens_and_the_active_one_seals()
    {
        var old = Sealing(Key('a')).Seal(Credentials, Binding);
        var both = Sealing(Key('b'), Key('a'));

        both.Open(old, Binding).Should().Be(Credentials);
        both.IsSealedByAnother(old).Should().BeFalse();
        both.Seal(Credentials, Binding).Should().StartWith($"enc:v1:{Key('b').Id}:");
    }

    [Fact]
    public void Rewrapped_it_keeps_its_body_and_opens_without_the_old_key()
    {
        var old = Cipher.Seal(Credentials, Binding);

        var renewed = Sealing(Key('b'), Key('a')).Rewrap(old, Binding)!;

        Bytes(renewed)[60..].Should().Equal(Bytes(old)[60..], "the credential itself is not encrypted again");
        Bytes(renewed)[..60].Should().NotEqual(Bytes(old)[..60]);
        Sealing(Key('b')).Open(renewed, Binding).Should().Be(Credentials);
        OpeningShouldFail(renewed, Binding, Sealing(Key('a')));
    }

    [Fact]
    public void What_is_under_the_active_key_already_is_not_rewrapped() => Cipher.Rewrap(Cipher.Seal(Credentials, Binding), Binding).Should().BeNull();

    [Fact]
    public void What_does_not_open_is_not_rewrapped()
    {
        var both = Sealing(Key('b'), Key('a'));
        var closed = Cipher.Seal(Credentials, Binding);
        var damaged = Bytes(closed);
        damaged[^1] ^= 1;

        foreach (var (text, binding) in new[] { (closed, Binding with { Origin = "https://evil.example" }), (With(closed, damaged), Binding) })
            both.Invoking(cipher => cipher.Rewrap(text, binding)).Should().Throw<GatewayException>();
    }

    private static MasterKey Key(char digit) =>
        MasterKey.TryParse(new string(digit, 63) + '0', out var key) ? key : throw new InvalidOperationException();

    private static byte[] Bytes(string closed) => Convert.FromBase64String(closed.Split(':')[^1]);

    private static string With(string closed, byte[] bytes) => closed[..(closed.LastIndexOf(':') + 1)] + Convert.ToBase64String(bytes);

    private static string OpeningShouldFail(string closed, CredentialBinding binding, CredentialCipher? cipher = null)
    {
        var opening = () => (cipher ?? Cipher).Open(closed, binding);

        var message = opening.Should().Throw<GatewayException>().Which.Error.Message;
        return message.Should().NotContain("hunter2").And.NotContain("aHVudGVyMg").And.Subject;
    }

    /// <param name="keys">The first one seals.</param>
    private static CredentialCipher Sealing(params MasterKey[] keys) => new(new EnvelopeCipher(MasterKeys.Of(keys)));
}
