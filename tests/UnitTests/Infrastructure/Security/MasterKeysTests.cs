using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.UnitTests.Infrastructure.Security;

public sealed class MasterKeysTests : IDisposable
{
    private const string One = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string Other = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
    private const string Uniform = "1111111111111111111111111111111111111111111111111111111111111111";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(One + " " + Other)]
    [InlineData(One + "," + Other)]
    [InlineData("\n" + One + "\r\n\t" + Other + "\n")]
    [InlineData(One + ", " + Other + "," + One)]
    public async Task Several_keys_have_white_space_or_commas_between_them(string text)
    {
        await File.WriteAllTextAsync(folder.File("kek"), text, Stop);

        foreach (var keys in new[] { await LoadAsync(("GATEWAY_MASTER_KEY", text)), await LoadAsync(("GATEWAY_MASTER_KEY_FILE", folder.File("kek"))) })
            keys.Ids.Should().Equal(Id(One), Id(Other));
    }

    [Theory]
    [InlineData(One + " hunter2", "GATEWAY_MASTER_KEY is not valid: expected 32 bytes")]
    [InlineData(One + One, "GATEWAY_MASTER_KEY is not valid: expected 32 bytes")]
    [InlineData(" , ", "GATEWAY_MASTER_KEY is not valid: expected 32 bytes")]
    [InlineData(Uniform, "GATEWAY_MASTER_KEY is not valid (all bytes of a key are the same): expected 32 bytes")]
    [InlineData(One + " " + Uniform, "GATEWAY_MASTER_KEY is not valid (all bytes of a key are the same): expected 32 bytes")]
    public void One_that_is_none_among_them_spoils_all(string text, string told) =>
        TestSettings.ProblemsOf(("GATEWAY_MASTER_KEY", text)).Should().ContainSingle().Which
            .Should().StartWith(told).And.NotContain("hunter2").And.NotContain(One).And.NotContain(Uniform);

    [Fact]
    public async Task A_credential_of_the_service_manager_goes_before_the_gateways_own_file_and_after_everything_else()
    {
        await File.WriteAllTextAsync(folder.File("master.key"), One, Stop);
        Directory.CreateDirectory(folder.File("credentials"));
        var credentials = ("CREDENTIALS_DIRECTORY", folder.File("credentials"));

        (await LoadAsync(credentials)).Ids.Should().Equal([Id(One)], "there is no such credential");
        await File.WriteAllTextAsync(Path.Combine(folder.File("credentials"), "master.key"), Other, Stop);
        var given = await LoadAsync(credentials);
        given.Ids.Should().Equal(Id(Other));
        given.AreOwn.Should().BeFalse();
        (await LoadAsync(credentials, ("GATEWAY_MASTER_KEY", One))).Ids.Should().Equal(Id(One));
    }

    [Fact]
    public async Task A_file_that_is_read_again_adds_keys_and_takes_none_away()
    {
        await File.WriteAllTextAsync(folder.File("kek"), One, Stop);
        var keys = await LoadAsync(("GATEWAY_MASTER_KEY_FILE", folder.File("kek")));
        keys.Activate(Id(One));

        (await keys.ReadAgainAsync(Stop)).Should().BeFalse();
        await File.WriteAllTextAsync(folder.File("kek"), Other, Stop);
        (await keys.ReadAgainAsync(Stop)).Should().BeTrue();

        keys.Ids.Should().Equal([Id(One), Id(Other)], "the one that seals is named first");
        keys.Activate(Id(Other));
        keys.Ids.Should().Equal(Id(Other), Id(One));
    }

    [Fact]
    public async Task A_file_that_has_become_unreadable_takes_nothing_away()
    {
        await File.WriteAllTextAsync(folder.File("kek"), One, Stop);
        var keys = await LoadAsync(("GATEWAY_MASTER_KEY_FILE", folder.File("kek")));
        await File.WriteAllTextAsync(folder.File("kek"), "hunter2", Stop);

        var reading = () => keys.ReadAgainAsync(Stop);

        (await reading.Should().ThrowAsync<StartException>()).Which.Message.Should().NotContain("hunter2");
        keys.Ids.Should().Equal(Id(One));
    }

    [Fact]
    public async Task A_new_key_comes_first_in_the_gateways_own_file_which_stays_its_owners()
    {
        var keys = await LoadAsync();
        var before = (await File.ReadAllTextAsync(folder.File("master.key"), Stop)).Trim();

        var made = await keys.MakeAsync(Stop);

        keys.AreOwn.Should().BeTrue();
        (await LoadAsync()).Ids.Should().Equal(made.Id, Id(before));
        keys.Ids.Should().Equal(made.Id, Id(before));
        File.GetUnixFileMode(folder.File("master.key")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Nothing_is_sealed_before_it_is_known_which_key_does()
    {
        var keys = await LoadAsync(("GATEWAY_MASTER_KEY", One));
        var cipher = new EnvelopeCipher(keys);

        cipher.Invoking(c => c.Seal("x", "y")).Should().Throw<GatewayException>().Which.Error.Code.Should().Be("master_key_missing");
        keys.Activate(Id(Other));
        cipher.Invoking(c => c.Seal("x", "y")).Should().Throw<GatewayException>("it is not held");
        keys.Activate(Id(One));
        cipher.Open(cipher.Seal("x", "y"), "y").Should().Be("x");
    }

    [Fact]
    public void A_check_value_belongs_to_one_key_and_tells_nothing_about_it()
    {
        var (one, other) = (Parse(One), Parse(Other));

        one.CheckValue.Should().Be(Parse(One.ToUpperInvariant()).CheckValue).And.NotBe(other.CheckValue).And.MatchRegex("^[0-9a-f]{64}$");
        one.CheckValue.Should().NotContain(one.Id).And.NotContain(One);
    }

    private static MasterKey Parse(string text) => MasterKey.TryParse(text, out var key) ? key : throw new ArgumentException(text);

    private static string Id(string text) => Parse(text).Id;

    private Task<MasterKeys> LoadAsync(params (string Name, string Value)[] given) =>
        MasterKeys.LoadAsync(TestSettings.Read([("DATA_DIR", folder.Path), .. given]), Stop);
}
