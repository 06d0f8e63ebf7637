using CleanGateway.Infrastructure.Configuration;
using Npgsql;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public class DatabaseUrlTests
{
    [Fact]
    public void The_documents_URL_is_read()
    {
        var url = Parse("postgres://postgres:password@localhost:5432/llmgateway?sslmode=disable");

        (url.Host, url.Port, url.User, url.Password, url.Database).Should().Be(("localhost", 5432, "postgres", "password", "llmgateway"));
        url.ToConnectionString().Should().Match<NpgsqlConnectionStringBuilder>(connection =>
            connection.Host == "localhost" && connection.Port == 5432 && connection.Username == "postgres" && connection.Password == "password"
            && connection.Database == "llmgateway" && connection.SslMode == SslMode.Disable);
    }

    [Fact]
    public void The_other_spelling_of_the_scheme_and_a_missing_port_and_password_are_fine()
    {
        var url = Parse("postgresql://gateway@db.internal/gw");

        (url.Host, url.Port, url.User, url.Password, url.Database).Should().Be(("db.internal", 5432, "gateway", null, "gw"));
    }

    [Fact]
    public void Percent_encoded_parts_are_decoded()
    {
        var url = Parse("postgres://us%40er:p%40ss%3A%2F%3F%23%25%20w%C3%B6rd@db:6000/my%2Fdata%20base");

        (url.User, url.Password, url.Database).Should().Be(("us@er", "p@ss:/?#% wörd", "my/data base"));
    }

    [Theory]
    [InlineData("p$ss!w*rd~")]
    [InlineData("a:b:c")]
    [InlineData("plus+equals=and&semicolon;")]
    public void Characters_that_need_no_encoding_in_a_password_stay_as_they_are(string password) =>
        Parse($"postgres://u:{password}@db/d").Password.Should().Be(password);

    [Theory]
    [InlineData("postgres://u:p@[::1]/d", "::1", 5432)]
    [InlineData("postgres://u:p@[2001:db8::7]:6543/d", "2001:db8::7", 6543)]
    public void An_IPv6_host_stands_in_brackets(string text, string host, int port)
    {
        var connection = Parse(text).ToConnectionString();

        (connection.Host, connection.Port).Should().Be((host, port));
    }

    [Fact]
    public void Several_hosts_are_tried_in_their_order_each_at_its_port()
    {
        var url = Parse("postgres://u:p%40@db1:6001,db2,[::1]:6003/d?target_session_attrs=read-write&sslmode=require");

        url.Hosts.Should().Equal(("db1", 6001), ("db2", 5432), ("::1", 6003));
        url.Target.Should().Be(TargetSessionAttributes.ReadWrite);
        (url.Host, url.Port, url.User, url.Password, url.Database).Should().Be(("db1", 6001, "u", "p@", "d"));
        url.ToConnectionString().Should().Match<NpgsqlConnectionStringBuilder>(connection =>
            connection.Host == "db1:6001,db2:5432,[::1]:6003" && connection.SslMode == SslMode.Require);
        url.ToString().Should().Be("postgres://u:***@db1:6001,db2:5432,::1:6003/d");
    }

    [Theory]
    [InlineData("read-write", TargetSessionAttributes.ReadWrite)]
    [InlineData("read-only", TargetSessionAttributes.ReadOnly)]
    [InlineData("primary", TargetSessionAttributes.Primary)]
    [InlineData("standby", TargetSessionAttributes.Standby)]
    [InlineData("prefer-standby", TargetSessionAttributes.PreferStandby)]
    public void Which_host_is_meant_is_told_in_libpqs_words(string written, TargetSessionAttributes meant) =>
        Parse($"postgres://u:p@db1,db2/d?target_session_attrs={written}").Target.Should().Be(meant);

    [Theory]
    [InlineData("postgres://u:hunter2@db1,db2/d", "target_session_attrs")]
    [InlineData("postgres://u:hunter2@db1,db2/d?target_session_attrs=any", "'any'; allowed are read-write, read-only, primary, standby, prefer-standby")]
    [InlineData("postgres://u:hunter2@db1:x,db2/d?target_session_attrs=primary", "cannot be read")]
    [InlineData("postgres://u:hunter2@db1,db2:99999/d?target_session_attrs=primary", "cannot be read")]
    [InlineData("postgres://u:hunter2@db1,/d?target_session_attrs=primary", "cannot be read")]
    public void Several_hosts_that_leave_a_question_open_are_refused(string url, string why) =>
        WhatIsWrong(url).Should().Contain(why).And.NotContain("hunter2");

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("allow", SslMode.Allow)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Every_sslmode_of_libpq_is_Npgsqls_of_that_meaning(string written, SslMode meant) =>
        Parse($"postgres://u:p@db/d?sslmode={written}").ToConnectionString().SslMode.Should().Be(meant);

    [Fact]
    public void Without_sslmode_it_is_prefer_as_in_libpq() =>
        Parse("postgres://u:p@db/d").ToConnectionString().SslMode.Should().Be(SslMode.Prefer);

    [Theory]
    [InlineData("disable", ChannelBinding.Disable)]
    [InlineData("prefer", ChannelBinding.Prefer)]
    [InlineData("require", ChannelBinding.Require)]
    public void Channel_binding_is_honoured(string written, ChannelBinding meant) =>
        Parse($"postgres://u:p@db/d?channel_binding={written}").ToConnectionString().ChannelBinding.Should().Be(meant);

    [Fact]
    public void The_other_parameters_reach_Npgsql_decoded()
    {
        var url = Parse(
            "postgres://u:p@db/d?sslrootcert=%2Fetc%2Fca.pem&sslcert=/etc/c.pem&sslkey=/etc/k.pem&sslpassword=s%20s"
            + "&connect_timeout=7&application_name=my%20gateway&options=-c%20statement_timeout%3D5s");

        url.ToConnectionString().Should().Match<NpgsqlConnectionStringBuilder>(connection =>
            connection.RootCertificate == "/etc/ca.pem" && connection.SslCertificate == "/etc/c.pem" && connection.SslKey == "/etc/k.pem"
            && connection.SslPassword == "s s" && connection.Timeout == 7 && connection.ApplicationName == "my gateway"
            && connection.Options == "-c statement_timeout=5s");
        url.Parameters.Should().Contain(("connect_timeout", "7")).And.Contain(("application_name", "my gateway"));
    }

    [Theory]
    [InlineData("sslmode=bogus", "sslmode is 'bogus'", "disable, allow, prefer, require, verify-ca, verify-full")]
    [InlineData("sslmode=", "sslmode is ''", "verify-full")]
    [InlineData("sslmode=Require", "sslmode is 'Require'", "require")]
    [InlineData("channel_binding=always", "channel_binding is 'always'", "disable, prefer, require")]
    [InlineData("connect_timeout=soon", "connect_timeout is 'soon'", "1 to 600")]
    [InlineData("connect_timeout=0", "connect_timeout is '0'", "1 to 600")]
    [InlineData("connect_timeout=601", "connect_timeout is '601'", "1 to 600")]
    [InlineData("connect_timeout=-1", "connect_timeout is '-1'", "1 to 600")]
    public void A_parameter_with_a_wrong_value_is_named_with_what_is_allowed(string query, string named, string allowed) =>
        WhatIsWrong($"postgres://u:hunter2@db/d?{query}").Should().Contain(named).And.Contain(allowed).And.NotContain("hunter2");

    [Fact]
    public void An_unknown_parameter_is_named_with_those_that_are_known() =>
        WhatIsWrong("postgres://u:hunter2@db/d?sslmode=require&pool_size=5")
            .Should().Contain("'pool_size'").And.Contain("sslmode").And.Contain("channel_binding").And.Contain("connect_timeout").And.NotContain("hunter2");

    [Theory]
    [InlineData("mysql://u:hunter2@db/d", "postgres://")]
    [InlineData("hunter2", "postgres://")]
    [InlineData("", "postgres://")]
    [InlineData("Host=db;Password=hunter2", "postgres://")]
    [InlineData("postgres:///d", "host")]
    [InlineData("postgres://db/d", "user")]
    [InlineData("postgres://:hunter2@db/d", "user")]
    [InlineData("postgres://u:hunter2@db", "database")]
    [InlineData("postgres://u:hunter2@db/", "database")]
    [InlineData("postgres://u:hunter2@db/a/b", "database")]
    [InlineData("postgres://u:hunter2@db/d%00", "NUL")]
    [InlineData("postgres://u:hunter2@db/d?options=\0", "NUL")]
    public void What_is_missing_is_said_without_the_password(string text, string missing) =>
        WhatIsWrong(text).Should().Contain(missing).And.NotContain("hunter2");

    [Theory]
    [InlineData("postgres://u:hunter2@db:99999/d")]
    [InlineData("postgres://u:hunter2@db:port/d")]
    [InlineData("postgres://u:hun#ter2@db/d")]
    [InlineData("postgres://u:hunter2@d b/d")]
    public void A_URL_that_does_begin_with_postgres_is_not_said_to_lack_it(string text) =>
        WhatIsWrong(text).Should().NotBe("nothing").And.NotContain("does not begin with").And.NotContain("hunter2");

    [Fact]
    public void No_port_is_0() => WhatIsWrong("postgres://u:hunter2@db:0/d").Should().NotBe("nothing");

    [Theory]
    [InlineData("postgres://u:hunter2@db:6000/d?sslmode=require&sslpassword=hunter2", "postgres://u:***@db:6000/d")]
    [InlineData("postgres://u:hunter%32@db/d", "postgres://u:***@db:5432/d")]
    public void It_prints_without_secrets(string text, string printed) => Parse(text).ToString().Should().Be(printed);

    [Fact]
    public void It_can_be_made_of_its_parts_whatever_is_in_them()
    {
        var url = DatabaseUrl.For("127.0.0.1", 6000, "gate way", "p@:/?#% +&=ö", "d/b");

        (url.Host, url.Port, url.User, url.Password, url.Database).Should().Be(("127.0.0.1", 6000, "gate way", "p@:/?#% +&=ö", "d/b"));
        Parse(url.Reveal()).Password.Should().Be("p@:/?#% +&=ö");
    }

    [Fact]
    public void Each_connection_string_is_a_copy_of_its_own()
    {
        var url = Parse("postgres://u:p@db/d");

        url.ToConnectionString().MaxPoolSize = 77;

        url.ToConnectionString().MaxPoolSize.Should().NotBe(77);
    }

    private static DatabaseUrl Parse(string text) =>
        DatabaseUrl.TryParse(text, out var url) ? url : throw new ArgumentException(DatabaseUrl.WhatIsWrong(text));

    private static string WhatIsWrong(string text)
    {
        DatabaseUrl.TryParse(text, out _).Should().BeFalse();
        return DatabaseUrl.WhatIsWrong(text);
    }
}
