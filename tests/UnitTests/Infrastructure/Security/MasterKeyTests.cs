using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.UnitTests.Infrastructure.Security;

public sealed class MasterKeyTests : IDisposable
{
    private const string Hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string Base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Hex)]
    [InlineData(Base64)]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")]
    [InlineData("  " + Base64 + "\n")]
    public void A_key_is_32_bytes_in_hex_or_base64(string text)
    {
        MasterKey.TryParse(text, out var key).Should().BeTrue();

        key!.Bytes.ToArray().Should().Equal(Enumerable.Range(0, 32).Select(number => (byte)number));
    }

    [Theory]
    [InlineData("")]
    [InlineData("password")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("abababababababababababababababababababababababababababababababab")]
    public void Anything_shorter_longer_or_else_is_no_key(string text)
    {
        MasterKey.TryParse(text, out var key).Should().BeFalse();
        key.Should().BeNull();
    }

    [Fact]
    public void Its_id_tells_keys_apart_and_nothing_about_them()
    {
        var key = Parse(Hex);
        var other = Parse(Hex.Replace("1f", "20", StringComparison.Ordinal));

        key.Id.Should().Be(Parse(Base64).Id).And.NotBe(other.Id).And.MatchRegex("^[0-9a-f]{8}$");
        Hex.Should().NotContain(key.Id);
        key.ToString().Should().Contain(key.Id).And.NotContain(Hex).And.NotContain(Base64);
    }

    [Fact]
    public async Task The_setting_comes_first() =>
        (await LoadAsync(("GATEWAY_MASTER_KEY", Hex))).Ids.Should().Equal(Parse(Hex).Id);

    [Fact]
    public async Task A_file_of_the_operators_own_comes_next()
    {
        await File.WriteAllTextAsync(folder.File("kek"), Base64 + "\n", Stop);

        (await LoadAsync(("GATEWAY_MASTER_KEY_FILE", folder.File("kek")))).Ids.Should().Equal(Parse(Base64).Id);
        File.Exists(folder.File("master.key")).Should().BeFalse();
    }

    [Fact]
    public async Task Without_either_one_is_made_once_that_only_the_owner_can_read()
    {
        var first = await LoadAsync();
        var second = await LoadAsync();

        second.Ids.Should().Equal(first.Ids);
        File.GetUnixFileMode(folder.File("master.key")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("")]
    public async Task A_file_that_holds_no_key_stops_the_start_without_showing_what_it_holds(string content)
    {
        await File.WriteAllTextAsync(folder.File("kek"), content, Stop);

        var loading = () => LoadAsync(("GATEWAY_MASTER_KEY_FILE", folder.File("kek")));

        (await loading.Should().ThrowAsync<StartException>()).Which.Message
            .Should().Contain("GATEWAY_MASTER_KEY_FILE").And.Contain(folder.File("kek")).And.Contain("64 hex digits").And.NotContain("hunter2");
    }

    [Fact]
    public async Task A_file_that_is_not_there_stops_the_start()
    {
        var loading = () => LoadAsync(("GATEWAY_MASTER_KEY_FILE", folder.File("gone")));

        await loading.Should().ThrowAsync<StartException>().WithMessage("*GATEWAY_MASTER_KEY_FILE*gone*");
    }

    [Fact]
    public async Task A_damaged_file_of_the_gateways_own_is_not_replaced()
    {
        await File.WriteAllTextAsync(folder.File("master.key"), "hunter2", Stop);

        var loading = () => LoadAsync();

        (await loading.Should().ThrowAsync<StartException>()).Which.Message.Should().Contain("master.key").And.NotContain("hunter2");
        (await File.ReadAllTextAsync(folder.File("master.key"), Stop))
            .Should().Be("hunter2", "credentials sealed with the lost key would be lost with it");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static MasterKey Parse(string text) => MasterKey.TryParse(text, out var key) ? key : throw new ArgumentException(text);

    private Task<MasterKeys> LoadAsync(params (string Name, string Value)[] given) =>
        MasterKeys.LoadAsync(TestSettings.Read([("DATA_DIR", folder.Path), .. given]), Stop);
}
