using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Security;
using CleanGateway.UnitTests.Infrastructure.Snapshots;

namespace CleanGateway.UnitTests.Infrastructure.Security;

public sealed class SecretReferencesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, string> environment = [];

    public SecretReferencesTests()
    {
        foreach (var name in (string[])["secrets", "secrets/deep", "secrets-too", "data"])
            Directory.CreateDirectory(folder.File(name));

        Write("secrets/key", "sk-from-a-file\n");
        Write("secrets-too/key", "sk-elsewhere");
        Write("data/master.key", "sk-own");
        Write("outside", "sk-outside");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_variable_is_read_whenever_it_is_asked_for()
    {
        environment["MY_KEY"] = "sk-1";
        var first = Resolve("env://MY_KEY");
        environment["MY_KEY"] = "sk-2";

        (first, Resolve("env://MY_KEY")).Should().Be(("sk-1", "sk-2"));
    }

    [Fact]
    public void The_key_for_a_provider_is_the_only_setting_that_is_read() =>
        Resolve("env://OPENAI_API_KEY", ("OPENAI_API_KEY", "sk-openai")).Should().Be("sk-openai");

    [Theory]
    [InlineData("env://GATEWAY_MASTER_KEY")]
    [InlineData("env://gateway_master_key")]
    [InlineData("env://DATABASE_URL")]
    [InlineData("env://REDIS_PASSWORD")]
    [InlineData("env://AWS_SECRET_ACCESS_KEY")]
    [InlineData("env://DATA_DIR")]
    [InlineData("env://PGPASSWORD")]
    public void The_gateways_own_settings_are_not(string reference)
    {
        environment[reference[6..]] = "hunter2";

        ShouldBeRefused(reference).Should().Contain("setting of the gateway's own");
    }

    [Theory]
    [InlineData("env://")]
    [InlineData("env://A B")]
    [InlineData("env://A/B")]
    [InlineData("env://$A")]
    [InlineData("file://host/key")]
    [InlineData("file:///key?x=1")]
    [InlineData("file:///key#x")]
    public void What_has_no_such_form_is_told_so(string reference) => ShouldBeRefused(reference).Should().Contain("expected env://NAME or file:///path");

    [Fact]
    public void A_variable_that_is_not_set_is_named() => ShouldBeRefused("env://NOT_SET").Should().Contain("env://NOT_SET").And.Contain("not set");

    [Fact]
    public void A_file_is_read_without_the_end_of_its_line()
    {
        Resolve(In("secrets/key")).Should().Be("sk-from-a-file");
        Resolve(In("secrets/deep/../key")).Should().Be("sk-from-a-file");
    }

    [Fact]
    public void Links_that_stay_in_the_folder_are_followed_as_cluster_mounts_have_them()
    {
        Write("secrets/deep/key", "sk-deep");
        File.CreateSymbolicLink(folder.File("secrets/current"), "deep");
        File.CreateSymbolicLink(folder.File("secrets/api-key"), "current/key");

        Resolve(In("secrets/api-key")).Should().Be("sk-deep");
    }

    [Fact]
    public void The_folder_of_systemd_is_one_too()
    {
        environment["CREDENTIALS_DIRECTORY"] = folder.File("secrets-too");

        Resolve(In("secrets-too/key")).Should().Be("sk-elsewhere");
    }

    [Theory]
    [InlineData("outside")]
    [InlineData("secrets/../outside")]
    [InlineData("secrets/%2e%2e/outside")]
    [InlineData("secrets-too/key")]
    [InlineData("secrets/link")]
    [InlineData("secrets/way/outside")]
    [InlineData("secrets/deep/chain")]
    public void What_leads_out_of_the_folder_is_not_read(string path)
    {
        File.CreateSymbolicLink(folder.File("secrets/link"), folder.File("outside"));
        File.CreateSymbolicLink(folder.File("secrets/way"), folder.Path);
        File.CreateSymbolicLink(folder.File("secrets/deep/chain"), "../link");

        ShouldBeRefused(In(path)).Should().Contain("may be read only from").And.NotContain("sk-");
    }

    [Fact]
    public void Links_that_go_round_come_to_an_end()
    {
        File.CreateSymbolicLink(folder.File("secrets/a"), "b");
        File.CreateSymbolicLink(folder.File("secrets/b"), "a");

        ShouldBeRefused(In("secrets/a")).Should().Contain("cannot be read");
    }

    [Theory]
    [InlineData("gone", "there is no such file")]
    [InlineData("deep", "there is no such file")]
    [InlineData("empty", "the file is empty")]
    [InlineData("large", "more than 65536 bytes")]
    public void A_file_that_is_no_secret_is_told(string name, string said)
    {
        Write("secrets/empty", "");
        Write("secrets/large", new string('x', 65537));

        ShouldBeRefused(In($"secrets/{name}")).Should().Contain(said);
    }

    [Fact]
    public void The_data_folder_and_the_master_key_are_never_read()
    {
        Write("secrets/kek", new string('b', 64));
        Write("secrets/copy", new string('a', 63) + '0');
        environment["COPY"] = new string('a', 63) + '0';
        (string, string)[] wide = [("SECRETS_DIRECTORY", folder.Path), ("DATA_DIR", folder.File("data"))];

        ShouldBeRefused(In("data/master.key"), wide).Should().Contain("the gateway's own files");
        ShouldBeRefused(In("secrets/kek"), [.. wide, ("GATEWAY_MASTER_KEY_FILE", folder.File("secrets/kek"))]).Should().Contain("the gateway's own files");
        ShouldBeRefused(In("secrets/copy"), wide).Should().Contain("master key");
        ShouldBeRefused("env://COPY", wide).Should().Contain("master key");
    }

    [Fact]
    public void Without_a_folder_no_file_is_read() =>
        FluentActions.Invoking(() => Rows.References(TestSettings.Read()).Resolve(In("secrets/key"), "api_key"))
            .Should().Throw<GatewayException>().Which.Error.Message.Should().Contain("SECRETS_DIRECTORY");

    private string Resolve(string reference, params (string Name, string Value)[] settings) => References(settings).Resolve(reference, "api_key");

    private string ShouldBeRefused(string reference, params (string Name, string Value)[] settings) =>
        FluentActions.Invoking(() => References(settings).Resolve(reference, "api_key"))
            .Should().Throw<GatewayException>().Which.Error.Message.Should().Contain(reference).And.NotContain("hunter2").And.Subject;

    private SecretReferences References((string Name, string Value)[] settings) => Rows.References(
        TestSettings.Read(settings.Any(setting => setting.Name == "SECRETS_DIRECTORY") ? settings : [.. settings, ("SECRETS_DIRECTORY", folder.File("secrets"))]),
        name => environment.GetValueOrDefault(name));

    private string In(string path) => $"file://{folder.Path}/{path}";

    private void Write(string name, string text) => File.WriteAllText(folder.File(name), text);
}
