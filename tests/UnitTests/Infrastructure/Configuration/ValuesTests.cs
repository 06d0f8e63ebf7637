using System.Net;
using System.Net.Sockets;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public class ValuesTests
{
    [Theory]
    [InlineData("1024", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("10MiB", 10 * 1024 * 1024)]
    [InlineData("1024MiB", 1024 * 1024 * 1024)]
    [InlineData("1048576KiB", 1024 * 1024 * 1024)]
    public void A_size_is_a_number_of_bytes_or_has_a_binary_unit(string text, int bytes)
    {
        Sizes(text, out var size).Should().BeTrue();
        size.Should().Be(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("1023")]
    [InlineData("0KiB")]
    [InlineData("1025MiB")]
    [InlineData("2147483647MiB")]
    [InlineData("99999999999")]
    [InlineData("-1KiB")]
    [InlineData("10MB")]
    [InlineData("10mib")]
    [InlineData("10M")]
    [InlineData("1.5MiB")]
    [InlineData("2GiB")]
    [InlineData("9999999999GiB")]
    [InlineData("10MiBKiB")]
    public void Other_sizes_and_those_out_of_bounds_are_refused(string text) => Sizes(text, out _).Should().BeFalse();

    [Fact]
    public void Networks_stand_in_a_list()
    {
        Values.Networks("10.0.0.0/8, fd00::/8 ,192.168.1.7/32,", out var networks).Should().BeTrue();

        networks.Should().Equal(IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"), IPNetwork.Parse("192.168.1.7/32"));
    }

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("fd00::/129")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8;10.1.0.0/16")]
    [InlineData("local")]
    [InlineData("10.0.0.0/8,local")]
    public void A_list_with_anything_but_networks_is_refused(string text) => Values.Networks(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("*", "::")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("10.1.2.3", "10.1.2.3")]
    public void A_listen_address_is_an_address_or_a_word_for_some(string text, string address)
    {
        Values.ListenAddress(text, out var parsed).Should().BeTrue();
        parsed.Should().Be(IPAddress.Parse(address));
    }

    [Theory]
    [InlineData("gateway.example.com")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("127.0.0.256")]
    [InlineData("all")]
    [InlineData("**")]
    public void A_name_or_an_address_with_a_port_is_no_listen_address(string text) => Values.ListenAddress(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("localhost:6379", "localhost", 6379)]
    [InlineData("redis.internal:7000", "redis.internal", 7000)]
    [InlineData("10.0.0.7:1", "10.0.0.7", 1)]
    [InlineData("10.0.0.7:65535", "10.0.0.7", 65535)]
    [InlineData("redis", "redis", 6379)]
    [InlineData("[::1]:7000", "::1", 7000)]
    [InlineData("[2001:db8::7]", "2001:db8::7", 6379)]
    public void A_server_is_a_host_and_a_port_that_may_be_left_out(string text, string host, int port)
    {
        Values.HostAndPort(6379)(text, out var server).Should().BeTrue();
        server.Should().Be(new DnsEndPoint(host, port, AddressFamily.Unspecified));
    }

    [Theory]
    [InlineData(":6379")]
    [InlineData("redis:")]
    [InlineData("redis:0")]
    [InlineData("redis:65536")]
    [InlineData("redis:http")]
    [InlineData("redis:+80")]
    [InlineData("re dis:6379")]
    [InlineData("::1")]
    [InlineData("[::1]:")]
    [InlineData("[::1:6379")]
    [InlineData("[]:6379")]
    [InlineData("redis://localhost:6379")]
    public void Anything_else_is_no_server(string text) => Values.HostAndPort(6379)(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("https://api.openai.com/v1")]
    [InlineData("http://127.0.0.1:11434/v1/")]
    [InlineData("http://[::1]:8000")]
    public void A_base_URL_is_http_or_https(string text)
    {
        Values.BaseUrl(text, out var url).Should().BeTrue();
        url.Should().Be(new Uri(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("api.openai.com/v1")]
    [InlineData("/v1")]
    [InlineData("//api.openai.com/v1")]
    [InlineData("ftp://api.openai.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://")]
    [InlineData("https://user@api.openai.com")]
    [InlineData("https://user:secret@api.openai.com")]
    [InlineData("https://api.openai.com/v1?key=secret")]
    [InlineData("https://api.openai.com/v1#part")]
    public void Other_URLs_are_no_base_of_a_provider(string text) => Values.BaseUrl(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("1")]
    [InlineData("010")]
    [InlineData("10")]
    public void A_number_within_its_bounds_is_one(string text) => Values.Integer(1, 10)(text, out _).Should().BeTrue();

    [Theory]
    [InlineData("0")]
    [InlineData("11")]
    [InlineData("-5")]
    [InlineData("+5")]
    [InlineData(" 5")]
    [InlineData("5.0")]
    [InlineData("1e1")]
    [InlineData("99999999999999999999")]
    [InlineData("five")]
    public void Any_other_number_is_refused(string text) => Values.Integer(1, 10)(text, out _).Should().BeFalse();

    private static bool Sizes(string text, out long bytes) => Values.Bytes(1024, 1024 * 1024 * 1024)(text, out bytes);
}
