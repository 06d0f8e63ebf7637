using System.Net;
using CleanGateway.Infrastructure.Security;

namespace CleanGateway.UnitTests.Infrastructure.Security;

public class DestinationGuardTests
{
    /// <summary>
    /// The special-purpose registries (RFC 6890 with what was added since), multicast, and one cloud's metadata address.
    /// "Outside" are the neighbours on either side as far as they are public.
    /// </summary>
    public static TheoryData<string, string, string, string> SpecialRanges => new()
    {
        { "0.0.0.0/8", "0.0.0.0", "0.255.255.255", "1.0.0.0" },
        { "10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255 11.0.0.0" },
        { "100.64.0.0/10", "100.64.0.0", "100.127.255.255", "100.63.255.255 100.128.0.0" },
        { "127.0.0.0/8", "127.0.0.0", "127.255.255.255", "126.255.255.255 128.0.0.0" },
        { "169.254.0.0/16", "169.254.0.0", "169.254.255.255", "169.253.255.255 169.255.0.0" },
        { "172.16.0.0/12", "172.16.0.0", "172.31.255.255", "172.15.255.255 172.32.0.0" },
        { "192.0.0.0/24", "192.0.0.0", "192.0.0.255", "191.255.255.255 192.0.1.0" },
        { "192.0.2.0/24", "192.0.2.0", "192.0.2.255", "192.0.1.255 192.0.3.0" },
        { "192.31.196.0/24", "192.31.196.0", "192.31.196.255", "192.31.195.255 192.31.197.0" },
        { "192.52.193.0/24", "192.52.193.0", "192.52.193.255", "192.52.192.255 192.52.194.0" },
        { "192.88.99.0/24", "192.88.99.0", "192.88.99.255", "192.88.98.255 192.88.100.0" },
        { "192.168.0.0/16", "192.168.0.0", "192.168.255.255", "192.167.255.255 192.169.0.0" },
        { "192.175.48.0/24", "192.175.48.0", "192.175.48.255", "192.175.47.255 192.175.49.0" },
        { "198.18.0.0/15", "198.18.0.0", "198.19.255.255", "198.17.255.255 198.20.0.0" },
        { "198.51.100.0/24", "198.51.100.0", "198.51.100.255", "198.51.99.255 198.51.101.0" },
        { "203.0.113.0/24", "203.0.113.0", "203.0.113.255", "203.0.112.255 203.0.114.0" },
        { "224.0.0.0/4", "224.0.0.0", "239.255.255.255", "223.255.255.255" },
        { "240.0.0.0/4", "240.0.0.0", "255.255.255.255", "" },
        { "168.63.129.16/32", "168.63.129.16", "168.63.129.16", "168.63.129.15 168.63.129.17" },
        { "100.100.100.200/32", "100.100.100.200", "100.100.100.200", "" },
        { "fd00:ec2::254/128", "fd00:ec2::254", "fd00:ec2::254", "" },
        { "::/128", "::", "::", "" },
        { "::1/128", "::1", "::1", "" },
        { "64:ff9b:1::/48", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "" },
        { "100::/64", "100::", "100::ffff:ffff:ffff:ffff", "" },
        { "100:0:0:1::/64", "100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "" },
        { "2001::/32", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        { "2001:2::/48", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "" },
        { "2001:10::/28", "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        { "2001::/23", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
        { "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9::" },
        { "2620:4f:8000::/48", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff:: 2620:4f:8001::" },
        { "3fff::/20", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:1000::" },
        { "::/3, but for what carries IPv4", "100:1::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2400::" },
        { "4000::/2", "4000::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
        { "8000::/1", "8000::", "efff::", "" },
        { "5f00::/16", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        { "fc00::/7", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        { "fe80::/10", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        { "fec0::/10", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        { "ff00::/8", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
    };

    [Theory]
    [MemberData(nameof(SpecialRanges))]
    public void A_special_range_is_closed_until_its_network_is_named(string range, string first, string last, string outside)
    {
        foreach (var address in new[] { first, last })
        {
            Allows(address, encrypted: true).Should().BeFalse("{0} is in {1}", address, range);
            Allows(address, encrypted: true, "0.0.0.0/0", "::/0").Should().BeFalse("all the world is not {0}", range);
            Allows(address, encrypted: false, range.Split(',')[0]).Should().BeTrue("{0} is named, and {1} in it", range, address);
        }

        foreach (var address in outside.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Allows(address, encrypted: true).Should().BeTrue("{0} is public", address);
            Allows(address, encrypted: false, range.Split(',')[0]).Should().BeFalse("{0} is not in {1}", address, range);
        }
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("104.18.6.192")]
    [InlineData("2606:4700::6812:6c0")]
    [InlineData("2a00:1450:4001:82a::200e")]
    public void A_public_address_needs_TLS_or_an_operators_word(string address)
    {
        Allows(address, encrypted: true).Should().BeTrue();
        Allows(address, encrypted: false).Should().BeFalse();
        Allows(address, encrypted: false, "0.0.0.0/0", "::/0").Should().BeTrue();
    }

    [Theory]
    [InlineData("10.1.2.3", "10.1.0.0/16", true)]
    [InlineData("10.2.2.3", "10.1.0.0/16", false)]
    [InlineData("10.1.2.3", "10.1.2.3/32", true)]
    [InlineData("10.1.2.4", "10.1.2.3/32", false)]
    [InlineData("10.1.2.3", "8.0.0.0/5", false)]
    [InlineData("169.254.169.254", "169.254.0.0/16", true)]
    [InlineData("169.254.169.254", "169.0.0.0/8", false)]
    [InlineData("168.63.129.16", "168.63.0.0/16", false)]
    [InlineData("192.0.2.1", "192.0.0.0/16", false)]
    [InlineData("fd12::1", "fd12::/16", true)]
    [InlineData("fd13::1", "fd12::/16", false)]
    [InlineData("fd12::1", "10.0.0.0/8", false)]
    public void A_special_address_is_open_to_a_network_within_its_range_only(string address, string network, bool open)
    {
        Allows(address, encrypted: true, network).Should().Be(open);
        Allows(address, encrypted: false, network).Should().Be(open);
    }

    [Theory]
    [InlineData("::ffff:{0}")]
    [InlineData("64:ff9b::{0}")]
    [InlineData("::ffff:0:{0}")]
    [InlineData("::{0}")]
    public void An_address_that_carries_an_IPv4_address_is_as_good_or_bad_as_that_one(string form)
    {
        foreach (var inside in new[] { "127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.2", "100.64.0.1", "224.0.0.1", "255.255.255.255" })
        {
            var address = string.Format(null, form, inside);
            Allows(address, encrypted: true).Should().BeFalse("{0} is {1}", address, inside);
            Allows(address, encrypted: true, "0.0.0.0/0", "::/0").Should().BeFalse("{0} is {1}", address, inside);
        }

        var named = string.Format(null, form, "10.0.0.1");
        Allows(named, encrypted: false, "10.0.0.0/8").Should().BeTrue("{0} is 10.0.0.1, and that is named", named);
        Allows(string.Format(null, form, "8.8.8.8"), encrypted: true).Should().BeTrue();
        Allows(string.Format(null, form, "8.8.8.8"), encrypted: false).Should().BeFalse();
    }

    [Theory]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2002:0a00:0001::1", false)]
    [InlineData("2002:a9fe:a9fe::", false)]
    [InlineData("2002:c0a8:0101:ffff:ffff:ffff:ffff:ffff", false)]
    [InlineData("2002::", false)]
    [InlineData("2002:0808:0808::1", true)]
    public void A_6to4_address_is_as_good_or_bad_as_the_one_in_it(string address, bool open) =>
        Allows(address, encrypted: true).Should().Be(open);

    [Theory]
    [InlineData("2a00:1450:4001:82a:0:5efe:127.0.0.1", false)]
    [InlineData("2a00:1450:4001:82a:200:5efe:10.0.0.1", false)]
    [InlineData("2a00:1450:4001:82a:0:5efe:169.254.169.254", false)]
    [InlineData("2002:808:808::5efe:127.0.0.1", false)]
    [InlineData("2a00:1450:4001:82a:0:5efe:8.8.8.8", true)]
    [InlineData("fd12::5efe:8.8.8.8", false)]
    [InlineData("2a00:1450:4001:82a:0:5eff:127.0.0.1", true)]
    public void An_ISATAP_address_is_as_bad_as_either_of_both(string address, bool open) => Allows(address, encrypted: true).Should().Be(open);

    [Theory]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("2001::")]
    public void A_Teredo_address_is_closed_whatever_it_leads_to(string address) => Allows(address, encrypted: true).Should().BeFalse();

    [Theory]
    [InlineData("fe80::1%3")]
    [InlineData("ff02::1%1")]
    public void A_scope_does_not_hide_an_address(string address) => Allows(address, encrypted: true).Should().BeFalse();

    private static bool Allows(string address, bool encrypted, params string[] networks) =>
        DestinationGuard.Allows(IPAddress.Parse(address), encrypted, [.. networks.Select(IPNetwork.Parse)]);
}
